using System.Collections.Concurrent;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Relief;

namespace KvmOperator.KvmHosts.Relief;

/// <summary>What is known of the load of each host from the looks until now. Losing it costs some minutes in which nothing is said of it.</summary>
internal sealed class LoadTracks(TimeProvider clock)
{
    private const double Percent = 100;

    private readonly ConcurrentDictionary<string, HostLoadTrack> tracks = new(StringComparer.Ordinal);
    private readonly long began = clock.GetTimestamp();

    /// <summary>For how long this process has watched.</summary>
    public TimeSpan Watched => clock.GetElapsedTime(began);

    /// <summary>What is known of a host.</summary>
    public HostLoadTrack Of(string host) => tracks.GetValueOrDefault(host, HostLoadTrack.Unknown);

    /// <summary>Takes a look in.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="seen">The look.</param>
    /// <param name="budgets">The numbers that count for it.</param>
    public HostLoadTrack Take(string host, HostObservation seen, ReliefBudgets budgets)
    {
        var sample = new HostSample(
            Watched,
            seen.BootId,
            seen.Processors,
            seen.CpuTimes.Busy,
            seen.CpuTimes.Total,
            [.. seen.Domains.Where(domain => domain is { IsActive: true, Owner: not null }).Select(domain => new GuestSample(GuestNames.Of(domain.Owner!), domain.CpuTimeNanoseconds))])
        {
            Pressure = seen.Pressure?.Cpu / Percent,
            MemoryPressure = seen.Pressure?.Memory / Percent,
            AvailableMemory = seen.MemoryBytes > 0 ? (double)seen.AvailableMemoryBytes / seen.MemoryBytes : 1,
        };
        return tracks.AddOrUpdate(host, _ => HostLoadTrack.Unknown.Take(sample, budgets), (_, track) => track.Take(sample, budgets));
    }

    /// <summary>The host is gone.</summary>
    public void Forget(string host) => tracks.TryRemove(host, out _);
}
