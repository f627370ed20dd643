namespace KvmOperator.Planning.Relief;

/// <summary>What came of a move that was to relieve a host, when its effects were in the averages.</summary>
/// <param name="At">When that was looked at.</param>
/// <param name="Promised">The use of its source before, and what was promised.</param>
/// <param name="Use">What it was then.</param>
public sealed record ReliefOutcome(DateTimeOffset At, UseChange Promised, double Use)
{
    /// <summary>Whether less than half of what was promised came.</summary>
    public bool IsIneffective => Promised.Before - Use < (Promised.Before - Promised.After) / 2;
}
