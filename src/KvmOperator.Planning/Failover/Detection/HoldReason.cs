namespace KvmOperator.Planning.Failover.Detection;

/// <summary>Why a host that nobody reaches is not fenced.</summary>
public enum HoldReason
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The operator does not reach others either: its own network may be what failed.</summary>
    OwnNetwork,

    /// <summary>The operator has not watched for long enough, or was late itself.</summary>
    Blind,

    /// <summary>It does not lead, or cannot write what it decides.</summary>
    ApiReadOnly,

    /// <summary>Nobody but the operator looked: one vantage is no proof.</summary>
    NoVantage,

    /// <summary>No client of the store renews its lease: the store stands still for all.</summary>
    StorageSilent,

    /// <summary>Too many hosts were fenced lately, or are silent at once.</summary>
    StormGuard,

    /// <summary>It is the last host that can take guests.</summary>
    LastHost,

    /// <summary>A person switched failover off for a while.</summary>
    Disarmed,

    /// <summary>It has no guests to lose: it is in maintenance, or was never ready.</summary>
    NothingToLose,

    /// <summary>There is no way to prove that it cannot write.</summary>
    NoMethod,
}
