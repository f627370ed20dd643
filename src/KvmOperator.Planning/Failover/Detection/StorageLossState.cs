namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What a host that answers has of a store.</summary>
public enum StorageLossState
{
    /// <summary>It answers there, or was silent for a moment only.</summary>
    Well,

    /// <summary>It is silent there, not long enough yet, or something forbids to act on that.</summary>
    Silent,

    /// <summary>It is silent everywhere: that is the server's matter. Guests wait, and go on when it is back.</summary>
    SilentForAll,

    /// <summary>The host has lost it, and others have it: its guests there are stopped, and started elsewhere.</summary>
    Lost,
}
