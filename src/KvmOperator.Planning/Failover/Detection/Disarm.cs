namespace KvmOperator.Planning.Failover.Detection;

/// <summary>Somebody's word that nothing is to be fenced for a while.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Remaining">How long still.</param>
public sealed record Disarm(string Reason, TimeSpan Remaining);
