namespace KvmOperator.Planning.Failover.Detection;

/// <summary>What a management controller says of its machine.</summary>
public enum PowerState
{
    /// <summary>It does not answer: it may have lost its power together with the machine.</summary>
    Unknown,

    /// <summary>On.</summary>
    On,

    /// <summary>Off.</summary>
    Off,
}
