using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Drain;

/// <summary>A guest on a host that is being drained.</summary>
/// <param name="Name">Its name, <c>namespace/name</c>; a domain's own name when no object stands for it.</param>
/// <param name="Needs">What it needs elsewhere.</param>
public sealed record DrainGuest(string Name, PlacementGuest Needs)
{
    /// <summary>What only a person can take out of the way, and how; null for nothing.</summary>
    public string? Obstacle { get; init; }

    /// <summary>What goes by itself and is waited for; null for nothing.</summary>
    public string? Pause { get; init; }

    /// <summary>Its move that is not over; null for none.</summary>
    public DrainMove? Move { get; init; }

    /// <summary>The moves of this drain that failed, the latest one first, up to the last one that did not.</summary>
    public IReadOnlyList<DrainFailure> Failures { get; init; } = [];
}
