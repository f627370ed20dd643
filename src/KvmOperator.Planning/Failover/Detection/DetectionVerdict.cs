namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What a host is, and why.</summary>
/// <param name="State">What it is.</param>
/// <param name="Held">Why nothing follows, when it is <see cref="DetectionState.Held"/>.</param>
/// <param name="Message">For people: what is seen, and what they can do when something is to be done.</param>
public sealed record DetectionVerdict(DetectionState State, HoldReason Held, string Message)
{
    /// <summary>What was seen, a short sentence each, at most eight. Empty for a host that answers.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>Whether it counts for the storm guard: a host that is off for certain does not.</summary>
    public bool CountsForStorm { get; init; } = true;
}
