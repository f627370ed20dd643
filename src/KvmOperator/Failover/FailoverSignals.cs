using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Failover;

/// <summary>
/// Collects the signs of life of hosts: by themselves over held channels, and, only of one that is silent, what others see: fresh connections from here, two peers, and the servers of the pool's stores. To be used by one thread;
/// what is heard later is taken in by <c>hear</c>.
/// </summary>
internal sealed class FailoverSignals(IFailoverMachines machines, HostObservations observations, IEntityStore<VirtualMachine> guests, TimeProvider clock, Action<Action> hear)
{
    /// <summary>Enough that one which is cut off itself does not stand alone, and few enough that nobody is flooded.</summary>
    private const int PeersThatLook = 2;

    private const int TriesOfALook = 3;

    /// <summary>What a vantage said longer ago says nothing about now.</summary>
    private static readonly TimeSpan SightFreshness = TimeSpan.FromSeconds(12);

    /// <summary>A host that cannot be listened to is looked at every ten seconds.</summary>
    private static readonly TimeSpan LookFreshness = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, HostEar> ears = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> serversHeard = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> probing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> healthyIn = new(StringComparer.Ordinal);

    /// <summary>The boot of a server in which a healthy host of the pool was last seen there as its client; null for none.</summary>
    public string? SeenHealthyIn(string pool, PoolServer server) => healthyIn.GetValueOrDefault($"{pool} {server.Name}");

    /// <summary>The boot of a server as it says it at this moment; null while it is not heard.</summary>
    public string? BootOf(PoolServer server) => server.Managed is { } store && machines.Hear(store) is var (beat, _) ? beat.BootId : null;

    /// <summary>What is known of a host; it is listened for from the first call on.</summary>
    public HostEar Of(string host)
    {
        if (!ears.TryGetValue(host, out var ear))
        {
            ears[host] = ear = new HostEar(clock.GetTimestamp());
        }

        return ear;
    }

    /// <summary>Forgets hosts that are gone.</summary>
    public void Keep(IReadOnlySet<string> hosts)
    {
        foreach (var gone in ears.Keys.Where(name => !hosts.Contains(name)).ToList())
        {
            ears.Remove(gone);
        }
    }

    /// <summary>Whether a host gave a sign of life by itself a moment ago.</summary>
    public bool IsSpeaking(string host, FailoverBudgets budgets) => Of(host) is { IsHeard: true, HeardAt: var at } && clock.GetElapsedTime(at) < budgets.PreSuspected;

    /// <summary>Whether the machine answers commands at this moment, as far as is known without asking it. While it is listened to, what changes there is told, and the last look may be older.</summary>
    public bool IsAnswering(string host, FailoverBudgets budgets) =>
        observations.Age(host) is { } look && (machines.Silence(host) is { } silence ? silence < budgets.PreSuspected : look < LookFreshness);

    /// <summary>Takes in what hosts and servers of a pool said by themselves, and has others look at those that are silent.</summary>
    public void Listen(FailoverPool pool, CancellationToken cancellationToken)
    {
        var now = clock.GetTimestamp();
        foreach (var host in pool.Hosts)
        {
            var name = host.Name();
            var ear = Of(name);
            var silence = Least(machines.Silence(name), observations.Age(name));
            if (silence is { } since)
            {
                ear.Heard(now - Stamps(since));
            }

            ear.Answers(IsAnswering(name, pool.Budgets), now);
            if (clock.GetElapsedTime(ear.HeardAt, now) < pool.Budgets.PreSuspected)
            {
                ear.Forget();
            }
            else
            {
                Probe(pool, host, ear, cancellationToken);
            }
        }

        foreach (var server in pool.Servers.Where(server => server.Managed is not null))
        {
            serversHeard.TryAdd(server.Name, now);
            if (machines.Hear(server.Managed!) is var (beat, age))
            {
                serversHeard[server.Name] = Math.Max(serversHeard[server.Name], now - Stamps(age));
                if (pool.Hosts.Any(host => host.Status?.Failover is null && LeaseAge(host, beat.Clients, TimeSpan.Zero) is { } lease && lease < LookFreshness))
                {
                    healthyIn[$"{pool.Name} {server.Name}"] = beat.BootId;
                }
            }
        }
    }

    /// <summary>All signs of life of one host.</summary>
    public HostSignals Host(FailoverPool pool, KvmHost host)
    {
        var ear = Of(host.Name());
        var hasGuests = guests.CountBy(GuestIndexes.ByHost, host.Name()) > 0;
        return new HostSignals(host.Name(), clock.GetElapsedTime(ear.HeardAt))
        {
            IsHeard = ear.IsHeard,
            Vantages = ear.Reports(clock, SightFreshness),
            Leases = [.. pool.Servers.Select(server => Lease(pool, server, host)).OfType<LeaseReport>()],
            IsDrainedForMaintenance = host.Spec.Mode == HostMode.Maintenance && !hasGuests,
            IsPreparedForTheFirstTime = host.Status?.System is null && !hasGuests,
        };
    }

    /// <summary>What the rest of the pool says while one host is judged.</summary>
    public PoolSignals Rest(FailoverPool pool, KvmHost host, IReadOnlyList<TimeSpan> fenceAges) => new()
    {
        Others =
        [
            .. pool.Hosts.Where(other => other.Name() != host.Name()).Select(other => new OtherHost(
                other.Name(),
                Least(clock.GetElapsedTime(Of(other.Name()).HeardAt), Of(other.Name()).Reports(clock, SightFreshness).Where(report => report.Kind == VantageKind.Operator).Select(report => report.AnswerAge).FirstOrDefault())!.Value,
                pool.IsReady(other),
                FailoverPool.IsDown(other))),
        ],
        Servers = [.. pool.Servers.Where(server => server.Managed is not null && serversHeard.ContainsKey(server.Name)).Select(server => new ServerContact(server.Name, clock.GetElapsedTime(serversHeard[server.Name])))],
        FenceAges = fenceAges,
        Disarmed = pool.Disarmed,
    };

    private LeaseReport? Lease(FailoverPool pool, PoolServer server, KvmHost host)
    {
        if (server.Managed is null || machines.Hear(server.Managed) is not var (beat, age))
        {
            return null;
        }

        var others = pool.Hosts.Where(other => other.Name() != host.Name()).Select(other => LeaseAge(other, beat.Clients, age)).OfType<TimeSpan>().ToList();
        return new LeaseReport(server.Name, LeaseAge(host, beat.Clients, age), others.Count == 0 ? null : others.Min());
    }

    /// <summary>How long a host's lease was not renewed; of several clients of it, as from two of its boots, the youngest counts.</summary>
    private static TimeSpan? LeaseAge(KvmHost host, IEnumerable<KvmOperator.Hosts.Nfs.NfsClientLease> clients, TimeSpan age)
    {
        var addresses = PoolPeers.Addresses(host.Spec);
        var own = clients.Where(client => addresses.Contains(NetworkAddress.Canonical(client.Address), StringComparer.Ordinal)).Select(client => client.SinceRenewal).OfType<TimeSpan>().ToList();
        return own.Count == 0 ? null : own.Min() + age;
    }

    private void Probe(FailoverPool pool, KvmHost host, HostEar ear, CancellationToken cancellationToken)
    {
        var name = host.Name();
        Look($"operator {name}", async () => await machines.AnswersAsync(host, cancellationToken) ? new HostProbe(true, 0, false) : new HostProbe(false, 1, false), "operator", VantageKind.Operator);
        foreach (var peer in pool.Hosts.Where(peer => peer.Name() != name && IsAnswering(peer.Name(), pool.Budgets) && !FailoverPool.IsDown(peer)).Take(PeersThatLook))
        {
            Look($"{peer.Name()} {name}", () => machines.LookAsync(peer, host, TriesOfALook, cancellationToken), peer.Name(), VantageKind.Peer);
        }

        foreach (var server in pool.Servers.Where(server => server.Managed is not null))
        {
            Look($"server {server.Name} {name}", () => machines.LookAsync(server.Managed!, host, TriesOfALook, cancellationToken), server.Name, VantageKind.StorageServer);
            Contact(server, cancellationToken);
        }

        void Look(string key, Func<Task<HostProbe>> look, string vantage, VantageKind kind) => Begin(key, async () => await look(), seen =>
            ear.Seen(vantage, kind, seen?.Answered == true, seen?.FailedTries ?? 0, kind == VantageKind.Operator || seen is { IsBlind: false }, clock.GetTimestamp()));
    }

    /// <summary>Beats of servers come every two seconds, which is as long as a control may be old: a connection is made besides.</summary>
    private void Contact(PoolServer server, CancellationToken cancellationToken) => Begin(
        $"contact {server.Name}",
        async () => await machines.AnswersAsync(server.Managed!, cancellationToken) ? new HostProbe(true, 0, false) : null,
        seen =>
        {
            if (seen is not null)
            {
                serversHeard[server.Name] = clock.GetTimestamp();
            }
        });

    /// <summary>Begins one look, unless one of its kind is under way or was begun less than a second ago.</summary>
    private void Begin(string key, Func<Task<HostProbe?>> look, Action<HostProbe?> seen)
    {
        if (probing.TryGetValue(key, out var began) && (began < 0 || clock.GetElapsedTime(began) < ProbeInterval))
        {
            return;
        }

        var now = clock.GetTimestamp();
        probing[key] = -1;
        _ = AskAsync();

        async Task AskAsync()
        {
            // Off the thread that decides.
            await Task.Yield();
            HostProbe? probe = null;
            try
            {
                probe = await look();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // Whoever cannot be asked saw nothing.
            }

            hear(() =>
            {
                probing[key] = now;
                seen(probe);
            });
        }
    }

    private long Stamps(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    private static TimeSpan? Least(TimeSpan? one, TimeSpan? other) => one is { } first && other is { } second ? (first < second ? first : second) : one ?? other;
}
