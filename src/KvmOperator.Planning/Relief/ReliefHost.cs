using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Relief;

/// <summary>A host of a pool, with its load.</summary>
/// <param name="Place">What it has, and what is there and on its way there.</param>
/// <param name="Processors">Its processors.</param>
/// <param name="Guests">Its guests.</param>
public sealed record ReliefHost(PlacementHost Place, int Processors, IReadOnlyList<ReliefGuest> Guests)
{
    /// <summary>The share of its processors that it uses on average; null while that is not known.</summary>
    public double? Use { get; init; }

    /// <summary>Whether it has had too much work for a while (<see cref="HostLoadTrack.IsHot"/>).</summary>
    public bool IsHot { get; init; }

    /// <summary>Whether it has been short of memory for a while.</summary>
    public bool IsShortOfMemory { get; init; }

    /// <summary>Its name.</summary>
    public string Name => Place.Name;
}
