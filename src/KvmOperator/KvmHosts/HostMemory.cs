using System.Collections.Concurrent;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.KvmHosts;

/// <summary>What the operator remembers of its hosts between two looks. Losing it costs one more check, nothing else.</summary>
internal sealed class HostMemory(TimeProvider clock)
{
    /// <summary>A prepared host is checked for drift this often; in between it is only watched.</summary>
    private static readonly TimeSpan DriftInterval = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (string BootId, CpuTimes Times)> processors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Plan, long Time)> prepared = new(StringComparer.Ordinal);

    /// <summary>The use of a host's processors since the last look, in percent; null at the first look and after a reboot.</summary>
    public int? CpuPercent(string host, HostObservation now)
    {
        var before = processors.TryGetValue(host, out var last) && last.BootId == now.BootId ? last.Times : (CpuTimes?)null;
        processors[host] = (now.BootId, now.CpuTimes);
        return before is { } earlier ? CpuTimes.PercentBetween(earlier, now.CpuTimes) : null;
    }

    /// <summary>Whether a host was found ready for exactly this plan on this boot, not long ago.</summary>
    public bool IsPrepared(string host, string plan) =>
        prepared.TryGetValue(host, out var last) && last.Plan == plan && clock.GetElapsedTime(last.Time) < DriftInterval;

    /// <summary>Remembers that a host was found ready for a plan.</summary>
    public void Prepared(string host, string plan) => prepared[host] = (plan, clock.GetTimestamp());

    /// <summary>Forgets a host that is gone or not ready.</summary>
    public void Forget(string host) => prepared.TryRemove(host, out _);
}
