namespace KvmOperator.Planning.Relief;

/// <summary>Everything that decides whether a pool needs relief, and which.</summary>
/// <param name="Hosts">The hosts of the pool.</param>
/// <param name="Now">The time.</param>
/// <param name="Watched">For how long this operator has watched.</param>
/// <param name="MebibytesPerSecond">How fast memory is sent, as it was measured.</param>
public sealed record ReliefView(IReadOnlyList<ReliefHost> Hosts, DateTimeOffset Now, TimeSpan Watched, double MebibytesPerSecond)
{
    /// <summary>What goes on in the pool and comes first: a failover, a drain, a move; null for nothing.</summary>
    public string? Busy { get; init; }

    /// <summary>When the last move of the pool ended; null for none lately.</summary>
    public DateTimeOffset? LastMove { get; init; }

    /// <summary>Until when the pool is left alone since moves brought too little (<see cref="ReliefReview"/>); null for not.</summary>
    public DateTimeOffset? PausedUntil { get; init; }
}
