using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Status;

namespace KvmOperator.Failover;

/// <summary>A pool at one moment, for those who decide about the failures of its hosts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hosts">The hosts that can be worked on, by name.</param>
/// <param name="Servers">The machines that serve its stores.</param>
/// <param name="Budgets">How long things may take.</param>
/// <param name="Disarmed">Set while nothing new may be shut out.</param>
internal sealed record FailoverPool(string Name, IReadOnlyList<KvmHost> Hosts, IReadOnlyList<PoolServer> Servers, FailoverBudgets Budgets, Disarm? Disarmed)
{
    /// <summary>Whether guests could go to a host.</summary>
    public bool IsReady(KvmHost host) => Hosts.Contains(host) && host.Spec.Mode == HostMode.Active && host.Status?.Failover is null && host.Status.IsTrue(CommonConditions.Ready);

    /// <summary>Whether a host is known to be away: its silence says nothing of the operator's network.</summary>
    public static bool IsDown(KvmHost host) => host.Spec.Mode == HostMode.Maintenance || host.Status?.Failover is { State: >= HostFailoverState.Fencing };
}
