namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>What a server's proof is worth at this moment.</summary>
public enum ProofState
{
    /// <summary>There is none, or it is of another failure or of another boot of the server: the server is asked to fence.</summary>
    None,

    /// <summary>It was good, and is too old for a start, or another process had it read: it is compared before a guest is started.</summary>
    Stale,

    /// <summary>A guest may be started on it.</summary>
    Fresh,
}
