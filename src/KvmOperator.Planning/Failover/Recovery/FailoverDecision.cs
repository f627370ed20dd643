namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>What is done next, and why.</summary>
/// <param name="Effects">What begins now, side by side; empty for waiting.</param>
/// <param name="Message">For people: what is, and what it waits for.</param>
public sealed record FailoverDecision(IReadOnlyList<FailoverEffect> Effects, string Message)
{
    /// <summary>Nothing begins.</summary>
    public static FailoverDecision Wait(string message) => new([], message);
}
