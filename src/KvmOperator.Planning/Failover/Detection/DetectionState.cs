namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What a host is, by its signs of life alone.</summary>
public enum DetectionState
{
    /// <summary>It answers.</summary>
    Healthy,

    /// <summary>It missed some beats: others are asked now. Nothing is written.</summary>
    PreSuspected,

    /// <summary>The operator does not reach it, and somebody else does: it lives, and its guests run. Nothing is started, moved or mended there.</summary>
    Isolated,

    /// <summary>Nobody reaches it, not long enough yet.</summary>
    Suspected,

    /// <summary>Nobody reaches it, long enough; and something forbids to act on that.</summary>
    Held,

    /// <summary>It has failed: it is to be fenced.</summary>
    Failed,
}
