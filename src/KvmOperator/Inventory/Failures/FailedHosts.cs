using KvmOperator.Api.KvmHosts;

namespace KvmOperator.Inventory.Failures;

/// <summary>Says what the failure of a host means for others, by what is written down of it. Pure.</summary>
internal static class FailedHosts
{
    /// <summary>
    /// Whether nobody may let it in: it was decided to shut it out, and it was not found clean in its present boot since. Its peers do not know its key, no server exports to it, and nothing is prepared on it.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="bootId">Its boot, as it was just seen; null for that of its status.</param>
    public static bool IsShutOut(KvmHost host, string? bootId = null) => host.Status?.Failover switch
    {
        { State: HostFailoverState.Fencing or HostFailoverState.Fenced or HostFailoverState.Recovering or HostFailoverState.Recovered } => true,
        { State: HostFailoverState.Returning, CleanedBootId: var cleaned } => cleaned is null || cleaned != (bootId ?? host.Status.System?.BootId ?? cleaned),
        _ => false,
    };

    /// <summary>Whether its failure is being worked on: its guests are nobody else's to start.</summary>
    public static bool IsRecovered(KvmHost host) => host.Status?.Failover is { State: >= HostFailoverState.Fencing and < HostFailoverState.Quarantined };

    /// <summary>Why it takes no guests; null when its failures do not forbid that.</summary>
    public static string? Refuse(KvmHost host) => host.Status?.Failover switch
    {
        null or { State: HostFailoverState.Silent } => null,
        { State: HostFailoverState.Quarantined } => "it failed again and again, and takes no guests for a while (status.failover)",
        { State: var state } => $"its failure is not over (status.failover: {state})",
    };
}
