namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>What is recorded and known of a failed host's exclusion.</summary>
/// <param name="FailoverId">The failure.</param>
/// <param name="Budgets">How old proofs may be.</param>
public sealed record ExclusionView(string FailoverId, FailoverBudgets Budgets)
{
    /// <summary>The proofs that are written down.</summary>
    public IReadOnlyList<StorageProof> Proofs { get; init; } = [];

    /// <summary>The servers now.</summary>
    public IReadOnlyList<ServerView> Servers { get; init; } = [];

    /// <summary>Whether it is written down that its management controller switched it off and confirmed that.</summary>
    public bool IsPoweredOff { get; init; }

    /// <summary>Whether a person confirmed it for this failure.</summary>
    public bool IsConfirmedOff { get; init; }

    /// <summary>Whether the machine answers and, in this boot, was found to run nothing of the operator's, with its stores unmounted. Nothing is started there before it is let in.</summary>
    public bool IsCleaned { get; init; }

    /// <summary>Whether somebody had a sign of life of the machine: then it is not off, whoever said so before.</summary>
    public bool IsAlive { get; init; }

    /// <summary>Whether the machine is off, as far as anybody can know.</summary>
    public bool IsOff => !IsAlive && (IsPoweredOff || IsConfirmedOff);

    /// <summary>Whether it has a management controller that could switch it off.</summary>
    public bool HasController { get; init; }

    /// <summary>What a person can do, a sentence.</summary>
    public string Remedy { get; init; } = string.Empty;
}
