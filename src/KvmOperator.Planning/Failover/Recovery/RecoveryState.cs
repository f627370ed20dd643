namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>How far the start of a guest elsewhere is.</summary>
public enum RecoveryState
{
    /// <summary>Its new host is written down; it may be defined and started there, or be about to.</summary>
    Starting,

    /// <summary>It runs there.</summary>
    Started,
}
