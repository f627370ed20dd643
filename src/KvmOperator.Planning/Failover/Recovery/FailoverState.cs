namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>How far the failure of a host is. A host without one is healthy.</summary>
public enum FailoverState
{
    /// <summary>Nobody reaches it, not long enough yet.</summary>
    Suspected,

    /// <summary>The operator does not reach it, and somebody else does. Its guests run; nothing is done there.</summary>
    Isolated,

    /// <summary>It looks dead, and something forbids to act on that: see the reason.</summary>
    Held,

    /// <summary>It is being shut out. From here on it does not become healthy by answering: it must return.</summary>
    Fencing,

    /// <summary>All that can shut it out has done so.</summary>
    Fenced,

    /// <summary>Its guests are being started elsewhere.</summary>
    Recovering,

    /// <summary>No guest is being started. Some may be pending, for want of a place.</summary>
    Recovered,

    /// <summary>It answers again, and is cleaned before it is let in.</summary>
    Returning,

    /// <summary>It failed too often: its guests may leave, and none come.</summary>
    Quarantined,
}
