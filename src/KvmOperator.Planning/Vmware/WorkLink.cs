using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A link in the work folder to a file of the source.</summary>
/// <param name="Name">Its name there: plain ASCII.</param>
/// <param name="Target">The file.</param>
public sealed record WorkLink(string Name, SourceFile Target);
