namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>Another host of the pool, which lets the failed one in for moves.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LetsIn">Whether it does; null while that is not known.</param>
public sealed record PeerView(string Name, bool? LetsIn);
