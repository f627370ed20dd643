using System.Collections.Concurrent;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.KvmHosts;

/// <summary>The latest look at each host, for everybody who needs no fresher one. Losing it costs the wait for the next look, nothing else.</summary>
internal sealed class HostObservations(TimeProvider clock)
{
    /// <summary>Hosts are looked at every ten seconds, or after a preparation; what is much older says nothing any more.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, (HostObservation Seen, long Time)> latest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> tried = new(StringComparer.Ordinal);

    /// <summary>Whether this process has looked at a host, or tried to. Before that, not having seen it says nothing.</summary>
    public bool HasTried(string host) => tried.ContainsKey(host);

    /// <summary>The latest look at a host; null when it was not seen lately.</summary>
    public HostObservation? Find(string host) =>
        latest.TryGetValue(host, out var last) && clock.GetElapsedTime(last.Time) < Lifetime ? last.Seen : null;

    /// <summary>Keeps a look.</summary>
    /// <returns>The guests that are new there, gone, or in another state than at the look before.</returns>
    public IReadOnlyList<OwnerMarker> Saw(string host, HostObservation seen)
    {
        var before = Find(host)?.Domains ?? [];
        latest[host] = (seen, clock.GetTimestamp());
        tried[host] = true;
        return
        [
            .. before.Select(State).Except(seen.Domains.Select(State)).Concat(seen.Domains.Select(State).Except(before.Select(State)))
                .Select(pair => pair.Owner)
                .OfType<OwnerMarker>()
                .Distinct(),
        ];
    }

    /// <summary>Forgets a host that does not answer, or is gone.</summary>
    public void Lost(string host)
    {
        latest.TryRemove(host, out _);
        tried[host] = true;
    }

    private static (OwnerMarker? Owner, DomainState State) State(DomainObservation domain) => (domain.Owner, domain.State);
}
