namespace KvmOperator.Hosts.Steps;

/// <summary>Where a step of the preparation stands.</summary>
public enum StepStatus
{
    /// <summary>What is, is what should be.</summary>
    Ready,

    /// <summary>Something differs, and applying the step mends it.</summary>
    Drifted,

    /// <summary>Work goes on on the host; check again later.</summary>
    InProgress,

    /// <summary>Something differs that only a person can mend; the message says what.</summary>
    Blocked,

    /// <summary>Checking or mending it ended with an error, which the message tells; it is tried again.</summary>
    Failed,
}
