using System.Runtime.InteropServices;

namespace KvmOperator.Hosts.Beat.Servers;

/// <summary>The space of an exported path, seen from its server.</summary>
/// <param name="SizeBytes">Its size.</param>
/// <param name="AvailableBytes">What can still be written.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoreSpace(long SizeBytes, long AvailableBytes);
