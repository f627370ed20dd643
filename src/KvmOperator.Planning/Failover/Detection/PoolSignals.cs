namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What else is known at the moment in which one host is judged.</summary>
public sealed record PoolSignals
{
    /// <summary>The other hosts of the pool.</summary>
    public IReadOnlyList<OtherHost> Others { get; init; } = [];

    /// <summary>The servers of the pool's stores that the operator listens to.</summary>
    public IReadOnlyList<ServerContact> Servers { get; init; } = [];

    /// <summary>How long ago it was decided to fence hosts of the pool on suspicion, also what is decided and not written yet. Those whose management controller said that they are off, and those that a person confirmed, are not among them.</summary>
    public IReadOnlyList<TimeSpan> FenceAges { get; init; } = [];

    /// <summary>Set while failover is switched off for the pool.</summary>
    public Disarm? Disarmed { get; init; }
}
