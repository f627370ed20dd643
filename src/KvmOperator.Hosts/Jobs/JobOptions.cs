namespace KvmOperator.Hosts.Jobs;

/// <summary>Limits of a job.</summary>
public sealed record JobOptions
{
    /// <summary>After this time systemd ends the job; null means never.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Lets the job give way to guests: low processor and disk priority.</summary>
    public bool Background { get; init; }

    /// <summary>How long to wait on the host for the job's end before its state is answered: seconds, because a channel is held for so long. Zero unless told.</summary>
    public TimeSpan Patience { get; init; }
}
