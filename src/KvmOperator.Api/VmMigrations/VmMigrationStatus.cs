using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmMigrations;

/// <summary>How a move goes.</summary>
public sealed record VmMigrationStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Where the move stands.</summary>
    public VmMigrationPhase? Phase { get; init; }

    /// <summary>What is known, one entry a type.</summary>
    [XListMapKeys("type")]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The KvmHost on which the guest was.</summary>
    public string? SourceHost { get; init; }

    /// <summary>The KvmHost to which it goes.</summary>
    public string? TargetHost { get; init; }

    /// <summary>Why it is moved, in words: "asked for", or why the operator made the move.</summary>
    public string? Reason { get; init; }

    /// <summary>When each phase began.</summary>
    public IReadOnlyList<PhaseTransition> PhaseTransitions { get; init; } = [];

    /// <summary>How far it is.</summary>
    public MigrationProgress? Progress { get; init; }

    /// <summary>How long the guest stood still, as libvirt measured it.</summary>
    public long? DowntimeMilliseconds { get; init; }

    /// <summary>Since when something has stood in the way of the start; absent while nothing does, and while the move only waits for its turn.</summary>
    public DateTime? WaitingSince { get; init; }

    /// <summary>When the move began.</summary>
    public DateTime? StartTime { get; init; }

    /// <summary>When it was over.</summary>
    public DateTime? CompletionTime { get; init; }
}
