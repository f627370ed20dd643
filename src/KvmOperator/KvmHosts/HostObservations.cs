using System.Collections.Concurrent;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.KvmHosts;

/// <summary>The latest look at each host, for everybody who needs no fresher one. Losing it costs the wait for the next look, nothing else.</summary>
internal sealed class HostObservations(TimeProvider clock)
{
    /// <summary>Hosts are looked at every ten seconds; what is much older says nothing any more.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(45);

    private readonly ConcurrentDictionary<string, (HostObservation Seen, long Time)> latest = new(StringComparer.Ordinal);

    /// <summary>The latest look at a host; null when it was not seen lately.</summary>
    public HostObservation? Find(string host) =>
        latest.TryGetValue(host, out var last) && clock.GetElapsedTime(last.Time) < Lifetime ? last.Seen : null;

    /// <summary>Keeps a look.</summary>
    public void Saw(string host, HostObservation seen) => latest[host] = (seen, clock.GetTimestamp());

    /// <summary>Forgets a host that does not answer, or is gone.</summary>
    public void Lost(string host) => latest.TryRemove(host, out _);
}
