namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What the operator knows of itself: whether what it sees is worth anything.</summary>
/// <param name="Watching">How long it has watched without a break. Its start and a moment in which it was late itself begin it anew.</param>
/// <param name="Lag">How late its timers are just now.</param>
/// <param name="IsLeader">Whether it leads.</param>
/// <param name="CanWrite">Whether the API server took its last write.</param>
public sealed record OperatorSignals(TimeSpan Watching, TimeSpan Lag, bool IsLeader, bool CanWrite);
