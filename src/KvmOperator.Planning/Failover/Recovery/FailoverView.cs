using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>All that a leader knows when it decides what comes next for a host: what is written down, what it sees, and what it has under way.</summary>
/// <param name="Host">The host.</param>
/// <param name="Now">The time, for what is written. No decision about life and death depends on it.</param>
/// <param name="Epoch">The leader.</param>
/// <param name="Verdict">What the host is by its signs of life.</param>
/// <param name="Budgets">How long things may take.</param>
public sealed record FailoverView(string Host, DateTimeOffset Now, long Epoch, DetectionVerdict Verdict, FailoverBudgets Budgets)
{
    /// <summary>What is written down; null while the host is healthy.</summary>
    public FailoverRecord? Record { get; init; }

    /// <summary>When it was decided to shut it out, this time and before.</summary>
    public IReadOnlyList<DateTimeOffset> Failures { get; init; } = [];

    /// <summary>Whether the machine answers the operator's commands, for this leader's epoch.</summary>
    public bool IsAnswering { get; init; }

    /// <summary>Whether somebody had a sign of life of it: it is not off, whoever said so.</summary>
    public bool IsAlive => IsAnswering || Verdict.State is DetectionState.Healthy or DetectionState.Isolated;

    /// <summary>Its boot id while it answers.</summary>
    public string? Boot { get; init; }

    /// <summary>That this process found it clean, which may not be written down yet; null for not.</summary>
    public CleanedHost? NewlyCleaned { get; init; }

    /// <summary>Which of the operator's domains run there, while it answers; null when that is not known.</summary>
    public IReadOnlyList<string>? Domains { get; init; }

    /// <summary>Whether it is prepared and has its stores.</summary>
    public bool IsReady { get; init; }

    /// <summary>How long it has answered without a break.</summary>
    public TimeSpan WellFor { get; init; }

    /// <summary>The storage servers of its pool, with what was read there for this failure.</summary>
    public IReadOnlyList<ServerView> Servers { get; init; } = [];

    /// <summary>Whether it has a management controller.</summary>
    public bool HasController { get; init; }

    /// <summary>Whether that says now, freshly, that the machine is off.</summary>
    public bool IsOff { get; init; }

    /// <summary>The id of the failure for which a person confirmed that the machine is off; null for none.</summary>
    public string? ConfirmedId { get; init; }

    /// <summary>How a person confirms it, a sentence.</summary>
    public string Remedy { get; init; } = string.Empty;

    /// <summary>The other hosts of the pool that answer.</summary>
    public IReadOnlyList<PeerView> Peers { get; init; } = [];

    /// <summary>Moves with it that have not ended, as far as the end that lives tells.</summary>
    public IReadOnlyList<FailoverMove> Moves { get; init; } = [];

    /// <summary>Guests whose status names it, and those that this failure started elsewhere.</summary>
    public IReadOnlyList<FailoverGuest> Guests { get; init; } = [];

    /// <summary>The keys of effects that this process has under way, or whose back-off is not over.</summary>
    public IReadOnlySet<string> Busy { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Whether a guest's start elsewhere belongs to this failure of this host.</summary>
    public bool Owns(GuestRecovery? recovery) => Record is { } record && recovery is not null && recovery.FailoverId == record.Id && recovery.From == Host;

    /// <summary>What is known of its exclusion.</summary>
    public ExclusionView Exclusion => new(Record?.Id ?? string.Empty, Budgets)
    {
        Proofs = Record?.Proofs ?? [],
        Servers = Servers,
        IsCleaned = IsAnswering && Boot is not null && Record?.CleanedBoot == Boot,
        IsPoweredOff = Record is { IsPoweredOff: true } && IsOff,
        IsConfirmedOff = Record is { IsConfirmedOff: true },
        IsAlive = IsAlive,
        HasController = HasController,
        Remedy = Remedy,
    };
}
