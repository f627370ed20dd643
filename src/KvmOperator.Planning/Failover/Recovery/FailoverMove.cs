namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>A move with the failed host that has not ended.</summary>
/// <param name="Guest">The guest.</param>
/// <param name="Source">Where it runs.</param>
/// <param name="Target">Where it arrives.</param>
public sealed record FailoverMove(string Guest, string Source, string Target);
