using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What a VirtualMachine may have.</summary>
/// <param name="Disks">How many disks.</param>
/// <param name="Nics">How many network cards.</param>
/// <param name="SmallestMemoryMiB">The smallest memory.</param>
public sealed record GuestLimits(int Disks = 16, int Nics = 8, long SmallestMemoryMiB = 64);
