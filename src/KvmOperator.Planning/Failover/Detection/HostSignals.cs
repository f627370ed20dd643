namespace KvmOperator.Planning.Failover.Detection;

/// <summary>All signs of life of one host, each with its age at the moment of the decision. Ages are of a monotonic clock: no step of any clock makes one older.</summary>
/// <param name="Host">The host.</param>
/// <param name="BeatAge">How long ago its last beat came; since the operator began to watch it when none came. A held stream that is silent only starts the questions and convicts nobody.</param>
public sealed record HostSignals(string Host, TimeSpan BeatAge)
{
    /// <summary>Whether this process ever heard it. Before that it is not known to be well: a new leader ends nobody's failure by not having heard of it.</summary>
    public bool IsHeard { get; init; } = true;

    /// <summary>What is seen from elsewhere, the operator's own fresh connections included.</summary>
    public IReadOnlyList<VantageReport> Vantages { get; init; } = [];

    /// <summary>Its leases on the servers of the pool that the operator can ask.</summary>
    public IReadOnlyList<LeaseReport> Leases { get; init; } = [];

    /// <summary>The word of its management controller; null when it has none.</summary>
    public PowerReport? Power { get; init; }

    /// <summary>Whether it is in maintenance and has no guest: it may be silent as long as it likes.</summary>
    public bool IsDrainedForMaintenance { get; init; }

    /// <summary>Whether it was never ready: it has no guests, and may restart while it is prepared.</summary>
    public bool IsPreparedForTheFirstTime { get; init; }
}
