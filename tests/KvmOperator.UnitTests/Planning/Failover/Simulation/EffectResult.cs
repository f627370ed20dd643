using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>What an effect's sender hears when it hears something.</summary>
internal sealed record EffectResult(bool IsDone)
{
    public static EffectResult Failure { get; } = new(false);

    /// <summary>What a server read.</summary>
    public FenceReadBack? Read { get; init; }

    /// <summary>The boot of a host that was cleaned.</summary>
    public string? Boot { get; init; }

    /// <summary>A start was refused by QEMU's lock.</summary>
    public bool IsLocked { get; init; }

    /// <summary>The object had changed since it was read.</summary>
    public bool IsConflict { get; init; }
}
