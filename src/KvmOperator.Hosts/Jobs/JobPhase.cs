namespace KvmOperator.Hosts.Jobs;

/// <summary>Where a job stands.</summary>
public enum JobPhase
{
    /// <summary>The host knows nothing of it: never started, forgotten, or lost in a restart of the host. What it did must be asked of the world.</summary>
    Missing,

    /// <summary>It is running.</summary>
    Running,

    /// <summary>It ended with status 0.</summary>
    Succeeded,

    /// <summary>It ended in any other way.</summary>
    Failed,
}
