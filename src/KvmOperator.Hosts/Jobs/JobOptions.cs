namespace KvmOperator.Hosts.Jobs;

/// <summary>Limits of a job.</summary>
public sealed record JobOptions
{
    /// <summary>After this time systemd ends the job; null means never.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Lets the job give way to guests: low processor and disk priority.</summary>
    public bool Background { get; init; }
}
