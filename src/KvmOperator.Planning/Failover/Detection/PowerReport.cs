namespace KvmOperator.Planning.Failover.Detection;

/// <summary>The word of a management controller.</summary>
/// <param name="State">What it said.</param>
/// <param name="Age">How long ago.</param>
public sealed record PowerReport(PowerState State, TimeSpan Age);
