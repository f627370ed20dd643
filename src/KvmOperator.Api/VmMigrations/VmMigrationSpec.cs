using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmMigrations;

/// <summary>What should be moved, and how.</summary>
public sealed record VmMigrationSpec
{
    /// <summary>The guest, in the same namespace.</summary>
    [Required]
    public LocalObjectReference VirtualMachineRef { get; init; } = new();

    /// <summary>The KvmHost to which it is moved; without it, the best one is chosen.</summary>
    public LocalObjectReference? TargetHostRef { get; init; }

    /// <summary>Moves even where libvirt fears for the data (virsh migrate --unsafe). Only for those who know that their storage is coherent.</summary>
    [DefaultValue(false)]
    public bool AllowUnsafe { get; init; }

    /// <summary>Slows the guest down when it writes memory faster than it can be sent.</summary>
    [DefaultValue(false)]
    public bool AutoConverge { get; init; }

    /// <summary>Lets the guest go on at the target before all memory is there: when it has not converged for three iterations, at the latest when the time is up. A broken link then costs the guest.</summary>
    [DefaultValue(false)]
    public bool PostCopy { get; init; }

    /// <summary>The greatest rate at which memory is sent; 0 is without a limit.</summary>
    [DefaultValue(0)]
    [RangeMinimum(0)]
    [RangeMaximum(100000)]
    public int BandwidthMiBPerSecond { get; init; }

    /// <summary>How long the guest may stand still at the end.</summary>
    [DefaultValue(300)]
    [RangeMinimum(1)]
    [RangeMaximum(60000)]
    public int MaxDowntimeMilliseconds { get; init; } = 300;

    /// <summary>
    /// So long after its start the move is given up and the guest stays where it is; with postCopy it goes on at the target. Before the start, what stands in its way is waited for so long;
    /// its turn is waited for without a limit.
    /// </summary>
    [DefaultValue(3600)]
    [RangeMinimum(10)]
    [RangeMaximum(86400)]
    public int TimeoutSeconds { get; init; } = 3600;

    /// <summary>
    /// So long after its end the object is deleted. Without it, it stays. Do not say it of an object that a GitOps tool applies: the tool would apply it again, and the guest would be moved again.
    /// </summary>
    [RangeMinimum(0)]
    [RangeMaximum(31536000)]
    public int? TtlSecondsAfterFinished { get; init; }
}
