namespace KvmOperator.Planning.Placement;

/// <summary>A guest that wants a place.</summary>
/// <param name="Pool">The pool whose hosts may have it.</param>
/// <param name="OnlyHost">The only host that may have it; null for any.</param>
/// <param name="Vcpus">Its virtual CPUs.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Stores">The stores with its disks.</param>
/// <param name="AntiAffinityGroups">Groups of which no other member may be on the same host.</param>
public sealed record PlacementGuest(
    string Pool, string? OnlyHost, int Vcpus, long MemoryBytes, IReadOnlySet<string> Stores, IReadOnlySet<string> AntiAffinityGroups)
{
    /// <summary>Memory that its QEMU takes beside the guest's own (<see cref="QemuMemory"/>).</summary>
    public long OverheadBytes { get; init; }

    /// <summary>The libvirt networks that its cards are on.</summary>
    public IReadOnlySet<string> Networks { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The bridges that its cards are on.</summary>
    public IReadOnlySet<string> Bridges { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}
