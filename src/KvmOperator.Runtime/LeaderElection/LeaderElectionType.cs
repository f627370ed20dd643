namespace KvmOperator.Runtime.LeaderElection;

/// <summary>Whether replicas agree on a leader.</summary>
public enum LeaderElectionType
{
    /// <summary>There is only one replica.</summary>
    None,

    /// <summary>One replica of several acts, for all kinds.</summary>
    Single,
}
