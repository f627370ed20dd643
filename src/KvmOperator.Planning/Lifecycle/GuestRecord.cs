namespace KvmOperator.Planning.Lifecycle;

/// <summary>What is written down of a guest. Nothing of this is known of one that the cluster has just got to know.</summary>
public sealed record GuestRecord
{
    /// <summary>Where it was last; null when nobody wrote that down.</summary>
    public string? Host { get; init; }

    /// <summary>When it was started last; null for one that never was.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>Whether it was seen since that it had shut itself down, or that a person had ended it. It outlives a host that falls silent, whose libvirt forgets it.</summary>
    public bool HasEndedInOrder { get; init; }

    /// <summary>When it was first asked to shut down; null when it was not.</summary>
    public DateTimeOffset? ShutdownRequested { get; init; }

    /// <summary>How often it was started again since it last ran for a good while.</summary>
    public int RestartCount { get; init; }

    /// <summary>Why it was started last.</summary>
    public string? LastStartReason { get; init; }

    /// <summary>Whether it runs, or how it came to be off.</summary>
    public RecordedRun Run { get; init; }

    /// <summary>Since when that is so; null when that is not known.</summary>
    public DateTimeOffset? RunSince { get; init; }
}
