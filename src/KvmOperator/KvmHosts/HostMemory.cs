using System.Collections.Concurrent;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.KvmHosts;

/// <summary>What the operator remembers of its hosts between two looks. Losing it costs one more check, nothing else.</summary>
internal sealed class HostMemory(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, (string BootId, CpuTimes Times)> processors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HostSteps> steps = new(StringComparer.Ordinal);

    /// <summary>The use of a host's processors since the last look, in percent; null at the first look and after a reboot.</summary>
    public int? CpuPercent(string host, HostObservation now)
    {
        var before = processors.TryGetValue(host, out var last) && last.BootId == now.BootId ? last.Times : (CpuTimes?)null;
        processors[host] = (now.BootId, now.CpuTimes);
        return before is { } earlier ? CpuTimes.PercentBetween(earlier, now.CpuTimes) : null;
    }

    /// <summary>What is known of the steps of a host's preparation for exactly this plan on this boot; nothing when the plan is another one.</summary>
    public HostSteps Steps(string host, string plan) =>
        steps.AddOrUpdate(host, _ => new HostSteps(plan, clock), (_, known) => known.Plan == plan ? known : new HostSteps(plan, clock));

    /// <summary>Forgets what was found on a host about which nothing is certain any more: everything is looked at again.</summary>
    public void Forget(string host) => steps.TryRemove(host, out _);

    /// <summary>The host is gone: nothing of it is kept.</summary>
    public void Gone(string host)
    {
        Forget(host);
        processors.TryRemove(host, out _);
    }
}
