namespace KvmOperator.Api.VmMigrations;

/// <summary>How far a move is.</summary>
public sealed record MigrationProgress
{
    /// <summary>How far, 0 to 100. Never goes back, although memory that is written again is sent again.</summary>
    public int? Percent { get; init; }

    /// <summary>The guest's memory.</summary>
    public long? BytesTotal { get; init; }

    /// <summary>What was sent.</summary>
    public long? BytesProcessed { get; init; }

    /// <summary>When more had been sent than before, as it was seen last.</summary>
    public DateTime? LastSentTime { get; init; }

    /// <summary>What is to be sent yet.</summary>
    public long? BytesRemaining { get; init; }

    /// <summary>How fast it is sent.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>How fast the guest writes memory.</summary>
    public long? DirtyBytesPerSecond { get; init; }

    /// <summary>How often all of the memory was gone through.</summary>
    public int? Iteration { get; init; }

    /// <summary>The iteration since which the guest writes memory faster than it is sent; absent while it converges.</summary>
    public int? NotConvergingSinceIteration { get; init; }

    /// <summary>How long it will take yet, when it converges.</summary>
    public long? EtaSeconds { get; init; }
}
