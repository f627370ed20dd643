using KvmOperator.Planning.Failover;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>What one run of the simulator is made of, besides its faults. The same settings and faults give the same run.</summary>
internal sealed record SimulationSettings
{
    public ulong Seed { get; init; } = 1;

    public FailoverBudgets Budgets { get; init; } = FailoverBudgets.Default;

    public Mutant Mutant { get; init; }

    /// <summary>Chances in a thousand that an effect's answer is lost, that it is not done, that it is done late.</summary>
    public (int Lost, int NotDone, int Late) Outcomes { get; init; }

    /// <summary>The leader is killed right before the effect of this number; negative for never.</summary>
    public int KillBefore { get; init; } = -1;

    /// <summary>The leader is killed when the effect of this number was done and before it hears of that; negative for never.</summary>
    public int KillAfter { get; init; } = -1;

    /// <summary>Whether servers tell how old leases are.</summary>
    public bool TellsLeases { get; init; } = true;

    /// <summary>Whether QEMU's locks refuse a second start. The rules must hold without them.</summary>
    public bool HasLocks { get; init; } = true;

    /// <summary>Guests that one host takes.</summary>
    public int Capacity { get; init; } = 100;

    /// <summary>Writes that hang on their way into a file, of a thousand.</summary>
    public int SlowWrites { get; init; } = 20;

    /// <summary>Answers of mountd that come late, of a thousand fences.</summary>
    public int LateMountd { get; init; } = 50;

    /// <summary>How long it takes at most to bring a server's exports in line, in milliseconds.</summary>
    public int ExportTime { get; init; } = 1500;

    /// <summary>Whether what happens is written down.</summary>
    public bool Traces { get; init; }
}
