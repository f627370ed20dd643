namespace KvmOperator.Planning.Failover.Detection;

/// <summary>From where a host is looked at.</summary>
public enum VantageKind
{
    /// <summary>The operator itself, by a fresh TCP connection.</summary>
    Operator,

    /// <summary>Another host of the pool, over the network of the stores.</summary>
    Peer,

    /// <summary>The machine that serves a store.</summary>
    StorageServer,
}
