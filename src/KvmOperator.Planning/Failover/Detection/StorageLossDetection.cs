using System.Globalization;

namespace KvmOperator.Planning.Failover.Detection;

/// <summary>
/// Tells a host that has lost a store from a store that is away. Pure. The host answers, so it can be asked to stop its guests, and need not be shut out of anything else; guests on its other stores run on.
/// </summary>
public static class StorageLossDetection
{
    /// <summary>What a host has of a store at this moment.</summary>
    /// <param name="host">The store as the host sees it.</param>
    /// <param name="others">The store as the other hosts see it.</param>
    /// <param name="self">What the operator knows of itself.</param>
    /// <param name="disarmed">Set while failover is switched off for the pool.</param>
    /// <param name="budgets">How long things may take.</param>
    public static StorageLossVerdict Judge(StoreContact host, IEnumerable<StoreContact> others, OperatorSignals self, Disarm? disarmed, FailoverBudgets budgets)
    {
        if (!host.IsHostHeard || host.Silence < budgets.PreSuspected)
        {
            return new StorageLossVerdict(StorageLossState.Well, host.IsHostHeard ? "it answers" : "the host is silent itself");
        }

        // A probe hangs with the store, so the freshest answer of all is what shows that it lives.
        if (others.Where(other => other.IsHostHeard && other.Silence < budgets.PreSuspected).MinBy(other => other.Silence) is not { } witness)
        {
            return new StorageLossVerdict(StorageLossState.SilentForAll, $"silent for {Seconds(host.Silence)}, and no other host has it either: look at its server");
        }

        if (host.Silence < budgets.StorageLost)
        {
            return new StorageLossVerdict(StorageLossState.Silent, $"silent for {Seconds(host.Silence)}, and {witness.Host} has it; after {Seconds(budgets.StorageLost)} its guests are stopped here and started elsewhere");
        }

        if (!self.IsLeader || !self.CanWrite || self.Lag > budgets.Lag || self.Watching < budgets.Blind)
        {
            return new StorageLossVerdict(StorageLossState.Silent, $"silent for {Seconds(host.Silence)}, and {witness.Host} has it; nothing is done before the operator has watched for {Seconds(budgets.Blind)} and can write what it decides");
        }

        return disarmed is { } disarm
            ? new StorageLossVerdict(StorageLossState.Silent, $"silent for {Seconds(host.Silence)}, and {witness.Host} has it; nothing is done while failover is switched off ({disarm.Reason})")
            : new StorageLossVerdict(StorageLossState.Lost, $"silent for {Seconds(host.Silence)}, and {witness.Host} has it");
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");
}
