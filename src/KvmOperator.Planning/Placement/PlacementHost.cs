namespace KvmOperator.Planning.Placement;

/// <summary>A host as a place for guests.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="Unavailable">Why it takes no guests at present; null when it does.</param>
/// <param name="AllocatableCpus">Virtual CPUs that it may give, overcommit included.</param>
/// <param name="AllocatableMemoryBytes">Memory that it may give.</param>
/// <param name="AllocatedCpus">Virtual CPUs of its guests.</param>
/// <param name="AllocatedMemoryBytes">Memory of its guests.</param>
/// <param name="Stores">The stores that it can use.</param>
/// <param name="AntiAffinityGroups">The groups of its guests, each as the guests' namespace and the group's name.</param>
public sealed record PlacementHost(
    string Name,
    string Pool,
    string? Unavailable,
    int AllocatableCpus,
    long AllocatableMemoryBytes,
    int AllocatedCpus,
    long AllocatedMemoryBytes,
    IReadOnlySet<string> Stores,
    IReadOnlySet<string> AntiAffinityGroups)
{
    /// <summary>The libvirt networks that are on there; null when that is not known, which refuses nothing.</summary>
    public IReadOnlyCollection<string>? Networks { get; init; }

    /// <summary>The bridges there; null when they are not known, which refuses nothing.</summary>
    public IReadOnlyCollection<string>? Bridges { get; init; }

    /// <summary>
    /// Whether the guest lives there. What its QEMU takes does not count then, nor does that of the others: a host that was filled before that was counted starts its own guests on.
    /// </summary>
    public bool IsHome { get; init; }

    /// <summary>Whether it has too much to do: guests go there only when no other host takes them.</summary>
    public bool IsOverloaded { get; init; }

    /// <summary>Memory that is left.</summary>
    public long FreeMemoryBytes => AllocatableMemoryBytes - AllocatedMemoryBytes;

    /// <summary>The same with a guest that is going to be there.</summary>
    public PlacementHost With(PlacementGuest guest)
    {
        ArgumentNullException.ThrowIfNull(guest);
        return this with
        {
            AllocatedCpus = AllocatedCpus + guest.Vcpus,
            AllocatedMemoryBytes = AllocatedMemoryBytes + guest.MemoryBytes + guest.OverheadBytes,
            AntiAffinityGroups = guest.AntiAffinityGroups.Count == 0 ? AntiAffinityGroups : AntiAffinityGroups.Union(guest.AntiAffinityGroups, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal),
        };
    }

    /// <summary>The same without a guest that is there.</summary>
    public PlacementHost Without(PlacementGuest guest)
    {
        ArgumentNullException.ThrowIfNull(guest);
        return this with
        {
            AllocatedCpus = AllocatedCpus - guest.Vcpus,
            AllocatedMemoryBytes = AllocatedMemoryBytes - guest.MemoryBytes - guest.OverheadBytes,
            AntiAffinityGroups = guest.AntiAffinityGroups.Count == 0 ? AntiAffinityGroups : AntiAffinityGroups.Except(guest.AntiAffinityGroups, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal),
        };
    }
}
