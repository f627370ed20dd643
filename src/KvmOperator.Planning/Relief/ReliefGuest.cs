using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Relief;

/// <summary>A guest that runs in a pool.</summary>
/// <param name="Name">Its name, <c>namespace/name</c>.</param>
/// <param name="Needs">What it needs of a host.</param>
public sealed record ReliefGuest(string Name, PlacementGuest Needs)
{
    /// <summary>What it uses, in cores; null while that is not known.</summary>
    public double? Cores { get; init; }

    /// <summary>Why it is not moved whatever its host does, such as a pin; null for nothing.</summary>
    public string? Obstacle { get; init; }

    /// <summary>How often it was moved within the last day, by whomever.</summary>
    public int Moves { get; init; }

    /// <summary>When its last move ended; null for none within the last day.</summary>
    public DateTimeOffset? LastMove { get; init; }

    /// <summary>Its priority when a host fails.</summary>
    public int Priority { get; init; }
}
