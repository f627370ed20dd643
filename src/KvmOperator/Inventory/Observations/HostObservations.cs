using System.Collections.Concurrent;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory.Observations;

/// <summary>The latest look at each host, for everybody who needs no fresher one. Losing it costs the wait for the next look, nothing else.</summary>
internal sealed class HostObservations
{
    /// <summary>Hosts are looked at every ten seconds, or after a preparation; what is much older says nothing any more.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>What is no older is as good as a look for a host's own status.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly IHostObserver observer;
    private readonly DomainIndex domains;
    private readonly IEntityStore<KvmHost> hosts;
    private readonly IEntityQueue<KvmHost> hostQueue;
    private readonly IEntityQueue<VirtualMachine> guests;
    private readonly LookMetrics metrics;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<string, (HostObservation? Seen, long Began, bool IsTold)> latest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> bootIds = new(StringComparer.Ordinal);

    public HostObservations(
        IHostObserver observer, DomainIndex domains, IEntityStore<KvmHost> hosts, IEntityQueue<KvmHost> hostQueue, IEntityQueue<VirtualMachine> guests, LookMetrics metrics, TimeProvider clock)
    {
        this.observer = observer;
        this.domains = domains;
        this.hosts = hosts;
        this.hostQueue = hostQueue;
        this.guests = guests;
        this.metrics = metrics;
        this.clock = clock;
        observer.Listen(Told);
    }

    /// <summary>Whether this process has looked at a host, or tried to. Before that, not having seen it says nothing.</summary>
    public bool HasTried(string host) => latest.ContainsKey(host);

    /// <summary>Whether the latest look at a host, or the latest try, began after that moment.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="moment">A time stamp of the process's <see cref="TimeProvider"/>.</param>
    public bool IsNewerThan(string host, long moment) => latest.TryGetValue(host, out var last) && last.Began > moment;

    /// <summary>The latest look at a host; null when it was not seen lately.</summary>
    public HostObservation? Find(string host) =>
        latest.TryGetValue(host, out var last) && clock.GetElapsedTime(last.Began) < Lifetime ? last.Seen : null;

    /// <summary>How old the latest look at a host is; null when it was not seen lately.</summary>
    public TimeSpan? Age(string host) => latest.TryGetValue(host, out var last) && last.Seen is not null && clock.GetElapsedTime(last.Began) is var age && age < Lifetime ? age : null;

    /// <summary>Looks at a host at this moment and keeps what was seen. Guests that are new there, gone, in another state or otherwise defined than before are looked after at once.</summary>
    /// <param name="name">The host's name.</param>
    /// <param name="shell">The host.</param>
    /// <param name="mountPaths">The stores to probe; null for those of the look before.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="SameMachineException">The machine is kept under another KvmHost. What was seen is not kept under this one.</exception>
    public async Task<HostObservation> LookAsync(string name, IHostShell shell, IReadOnlyList<string>? mountPaths, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        metrics.Looked(name);
        var seen = await observer.ObserveAsync(shell, mountPaths ?? [.. Find(name)?.Stores.Select(store => store.MountPath) ?? []], cancellationToken);
        if (Keeper(name, seen) is { } keeper)
        {
            await observer.ForgetAsync(name);
            throw new SameMachineException(name, keeper);
        }

        Take(name, seen, began, isTold: false);
        return seen;
    }

    /// <summary>As <see cref="LookAsync"/>, for whoever decides nothing about guests by it: what the host told by itself a moment ago is as good.</summary>
    public async Task<HostObservation> SeeAsync(string name, IHostShell shell, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken) =>
        latest.TryGetValue(name, out var last) && last is { IsTold: true, Seen: { } told } && clock.GetElapsedTime(last.Began) < Moment && told.Stores.Select(store => store.MountPath).SequenceEqual(mountPaths, StringComparer.Ordinal)
            ? told
            : await LookAsync(name, shell, mountPaths, cancellationToken);

    /// <summary>Forgets a host that does not answer, or is gone. Guests that were seen there are looked after at once.</summary>
    public void Lost(string host)
    {
        var before = Find(host)?.Domains ?? [];
        Keep(host, null, clock.GetTimestamp(), isTold: false);
        foreach (var guest in before.Select(domain => domain.Owner).OfType<OwnerMarker>())
        {
            guests.Enqueue(new EntityKey(guest.Namespace, guest.Name));
        }
    }

    /// <summary>The host is gone: as <see cref="Lost"/>, and it is counted no more.</summary>
    public void Forget(string host)
    {
        Lost(host);
        bootIds.TryRemove(host, out _);
        metrics.Forget(host);
    }

    /// <summary>A host told by itself that something changed there.</summary>
    private void Told(string name, HostObservation seen, long began)
    {
        // One that nobody has looked at yet, or that is another one's machine, is looked at first.
        if (Find(name) is not null && Keeper(name, seen) is null)
        {
            Take(name, seen, began, isTold: true);
        }

        hostQueue.Enqueue(new EntityKey(null, name));
    }

    /// <summary>The KvmHost that keeps the machine when it is another one.</summary>
    private string? Keeper(string name, HostObservation seen)
    {
        bootIds[name] = seen.BootId;
        return hosts.Get(new EntityKey(null, name)) is { } host ? SameMachine.Keeper(host, seen.BootId, hosts.List(), bootIds.GetValueOrDefault) : null;
    }

    private void Take(string name, HostObservation seen, long began, bool isTold)
    {
        var before = Find(name)?.Domains ?? [];
        Keep(name, seen, began, isTold);
        var changed = before.Select(State).Except(seen.Domains.Select(State)).Concat(seen.Domains.Select(State).Except(before.Select(State)));
        foreach (var guest in changed.Select(pair => pair.Owner).OfType<OwnerMarker>().Distinct())
        {
            metrics.Changed(name, isTold);
            guests.Enqueue(new EntityKey(guest.Namespace, guest.Name));
        }
    }

    /// <summary>A look that took long must not hide one that began after it.</summary>
    private void Keep(string host, HostObservation? seen, long began, bool isTold)
    {
        domains.Update(host, seen is { LibvirtAnswers: true } ? seen.Domains : null, began);
        latest.AddOrUpdate(host, (seen, began, isTold), (_, last) => last.Began > began ? last : (seen, began, isTold));
    }

    private static (OwnerMarker? Owner, DomainState State, string Addresses, int Redefinitions) State(DomainObservation domain) =>
        (domain.Owner, domain.State, string.Join(' ', domain.Addresses), domain.Redefinitions);
}
