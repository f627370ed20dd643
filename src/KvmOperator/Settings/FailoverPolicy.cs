using KvmOperator.Planning.Failover;

namespace KvmOperator.Settings;

/// <summary>What follows from the failure of a pool's hosts.</summary>
/// <param name="IsArmed">Whether anything does.</param>
/// <param name="Budgets">How long things may take.</param>
internal sealed record FailoverPolicy(bool IsArmed, FailoverBudgets Budgets)
{
    /// <summary>What counts where nobody said anything: a host that fails is told and left alone.</summary>
    public static FailoverPolicy Off { get; } = new(false, FailoverBudgets.Default);
}
