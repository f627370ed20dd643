using System.Globalization;
using KvmOperator.Planning.Failover.Fencing;
using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>
/// A pool that runs in simulated time on one thread: machines, networks, storage with requests on their way into files, the API server, and leaders that come and go. It judges by what reaches a file and by who really reached
/// whom, not by what the operator believes.
/// </summary>
internal sealed class SimulatedPool
{
    private const int StoreBeat = 2000;
    private static readonly int[] RetransmissionsEnd = [200, 600, 1400, 3000, 6200, 12600, 25400, 51000, 102200];

    private readonly PriorityQueue<Action, (long Time, long Sequence)> queue = new();
    private readonly List<SimulatedMove> moves = [];
    private readonly List<long> convictions = [];
    private readonly Dictionary<string, SimulatedHost> hostsByName;
    private readonly Dictionary<string, SimulatedServer> serversByName;
    private readonly Dictionary<string, SimulatedGuest> guestsByName;
    private long sequence;

    public SimulatedPool(SimulationSettings settings, IReadOnlyList<SimulatedHost> hosts, IReadOnlyList<SimulatedServer> servers, IReadOnlyList<SimulatedGuest> guests)
    {
        (Settings, Hosts, Servers, Guests) = (settings, hosts, servers, guests);
        Random = new SeededRandom(settings.Seed);
        hostsByName = hosts.ToDictionary(host => host.Name, StringComparer.Ordinal);
        serversByName = servers.ToDictionary(server => server.Name, StringComparer.Ordinal);
        guestsByName = guests.ToDictionary(guest => guest.Name, StringComparer.Ordinal);
        foreach (var server in servers)
        {
            server.Files.UnionWith(hosts.Select(host => host.Name));
            server.Kernel.UnionWith(hosts.Select(host => host.Name));
        }

        foreach (var host in hosts)
        {
            host.LetsIn.UnionWith(hosts.Where(other => other != host).Select(other => other.Name));
            foreach (var guest in guests.Where(guest => guest.Host == host.Name))
            {
                var domain = new SimulatedDomain(guest, guest.IsWanted ? DomainPresence.Running : DomainPresence.Defined, 1);
                host.Domains.Add(domain);
                After(Random.Next(0, 700), () => Write(host, domain, host.Boot));
            }
        }

        RenewLeases();
        StartLeader(0);
    }

    public SimulationSettings Settings { get; }

    public SeededRandom Random { get; }

    public IReadOnlyList<SimulatedHost> Hosts { get; }

    public IReadOnlyList<SimulatedServer> Servers { get; }

    public IReadOnlyList<SimulatedGuest> Guests { get; }

    public IReadOnlyList<SimulatedMove> Moves => moves;

    /// <summary>Milliseconds since the beginning.</summary>
    public long Now { get; private set; }

    public long Epoch { get; private set; }

    public SimulatedLeader? Leader { get; private set; }

    public bool HasApi { get; set; } = true;

    public bool HasOperatorNetwork { get; set; } = true;

    public string? DisarmReason { get; set; }

    /// <summary>For each server the boot in which a healthy host was last seen there, as the statuses say.</summary>
    public Dictionary<string, string> SeenHealthyIn { get; } = new(StringComparer.Ordinal);

    /// <summary>How many effects were sent.</summary>
    public int Effects { get; set; }

    /// <summary>What broke a rule; empty for a good run.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>What happened, for expectations and for people.</summary>
    public List<(long Time, string What)> Log { get; } = [];

    /// <summary>The ids of all failures that were acted on.</summary>
    public HashSet<string> FailoverIds { get; } = [];

    public DateTimeOffset Clock => DateTimeOffset.UnixEpoch.AddMilliseconds(Now);

    public SimulatedHost Host(string name) => hostsByName[name];

    public SimulatedServer Server(string name) => serversByName[name];

    public SimulatedGuest Guest(string name) => guestsByName[name];

    public void After(long milliseconds, Action action) => queue.Enqueue(action, (Now + milliseconds, sequence++));

    public void RunUntil(long time)
    {
        while (queue.TryPeek(out var action, out var at) && at.Time <= time && Violations.Count == 0)
        {
            queue.Dequeue();
            Now = at.Time;
            action();
        }

        Now = time;
    }

    public void Tell(string what)
    {
        Log.Add((Now, what));
    }

    public void Trace(Func<string> what)
    {
        if (Settings.Traces)
        {
            Log.Add((Now, "  " + what()));
        }
    }

    public void Violate(string what) => Violations.Add(string.Create(CultureInfo.InvariantCulture, $"at {Now / 1000.0:0.0} s: {what}"));

    // Who reaches whom.
    public bool OperatorReaches(SimulatedHost host) => HasOperatorNetwork && host.HasManagement && host.IsAlive;

    public bool OperatorReaches(SimulatedServer server) => HasOperatorNetwork && server.HasManagement && server.IsAlive;

    public static bool Reaches(SimulatedHost from, SimulatedHost to) => from.HasStorage && to.HasStorage && from.IsAlive && to.IsAlive;

    public static bool Reaches(SimulatedServer from, SimulatedHost to) => to.HasStorage && from.IsAlive && to.IsAlive;

    /// <summary>Whether the held stream of a host carries anything: what was cut comes with TCP's next retransmission only.</summary>
    public bool StreamSpeaks(SimulatedHost host)
    {
        if (!OperatorReaches(host))
        {
            if (host.StreamCutAt < 0)
            {
                host.StreamCutAt = Now;
            }

            host.StreamBackAt = -1;
            return false;
        }

        if (host.StreamCutAt < 0)
        {
            return true;
        }

        if (host.StreamBackAt < 0)
        {
            var cut = Now - host.StreamCutAt;
            host.StreamBackAt = host.StreamCutAt + RetransmissionsEnd.FirstOrDefault(end => end >= cut, (int)cut);
        }

        if (Now < host.StreamBackAt)
        {
            return false;
        }

        host.StreamCutAt = host.StreamBackAt = -1;
        return true;
    }

    /// <summary>Whether anybody at all reaches a host.</summary>
    public bool AnybodyReaches(SimulatedHost host)
    {
        if (!host.IsAlive)
        {
            return false;
        }

        if (OperatorReaches(host))
        {
            return true;
        }

        foreach (var other in Hosts)
        {
            if (other != host && Reaches(other, host) && OperatorReaches(other))
            {
                return true;
            }
        }

        foreach (var server in Servers)
        {
            if (Reaches(server, host) && OperatorReaches(server))
            {
                return true;
            }
        }

        return false;
    }

    // Leaders.
    public void StartLeader(long after) => After(after, () =>
    {
        if (Leader is { IsAlive: true })
        {
            return;
        }

        if (!HasApi)
        {
            StartLeader(5000);
            return;
        }

        if (Epoch == 0 || Settings.Mutant != Mutant.HasTwoLeadersOfOneEpoch)
        {
            Epoch++;
        }

        Trace(() => $"a leader begins, epoch {Epoch}");
        Leader = new SimulatedLeader(this, Epoch);
    });

    /// <summary>Ends the leader at this very moment. What it had sent goes on.</summary>
    public void KillLeader(long next)
    {
        Trace(() => "the leader is killed");
        if (Leader is { } leader)
        {
            leader.IsAlive = false;
        }

        Leader = null;
        StartLeader(next);
    }

    /// <summary>Stops the leader's process for a time in which another one takes over.</summary>
    public void PauseLeader(long duration)
    {
        if (Leader is not { } paused)
        {
            return;
        }

        Trace(() => "the leader is paused");
        paused.IsPaused = true;
        After(duration, () =>
        {
            paused.IsPaused = false;
            // It knows by the clock that it leads no more; what it was about to send is sent before it looks.
            if (Leader != paused)
            {
                paused.WakeUpReplaced();
            }
            else
            {
                paused.WakeUp(duration);
            }
        });
        if (duration > 10_000)
        {
            After(10_000, () =>
            {
                if (Leader == paused)
                {
                    Leader = null;
                    StartLeader(1000);
                }
            });
        }
    }

    // What guests write.
    private void RenewLeases()
    {
        After(StoreBeat, RenewLeases);
        foreach (var host in Hosts)
        {
            if (!host.IsAlive || !host.HasStorage || !host.IsMounted)
            {
                continue;
            }

            foreach (var server in Servers)
            {
                if (server.IsAlive && server.StalledUntil <= Now && server.Kernel.Contains(host.Name) && !server.IsBusyWithAnEarlierBootOf(host))
                {
                    ClientOf(server, host).RenewedAt = Now;
                }
            }
        }
    }

    /// <summary>To be called whenever who reaches whom changed.</summary>
    public void NoteReach()
    {
        foreach (var host in Hosts)
        {
            var isReached = AnybodyReaches(host);
            if (isReached && host.UnreachedSince >= 0)
            {
                (host.UnreachedBefore, host.UnreachedSince) = ((host.UnreachedSince, Now), -1);
            }
            else if (!isReached && host.UnreachedSince < 0)
            {
                // For so short a time nobody can have noticed.
                host.UnreachedSince = host.UnreachedBefore.From >= 0 && Now - host.UnreachedBefore.To < 1500 ? host.UnreachedBefore.From : Now;
            }
        }
    }

    private SimulatedServer.Client ClientOf(SimulatedServer server, SimulatedHost host)
    {
        if (!server.Clients.TryGetValue(host.Name, out var client) || client.HostBoot != host.Boot)
        {
            server.Clients[host.Name] = client = new SimulatedServer.Client($"{host.Name}-{sequence++}", host.Boot) { RenewedAt = Now };
        }

        return client;
    }

    private void Write(SimulatedHost host, SimulatedDomain domain, int boot)
    {
        if (host.Boot != boot || !host.Domains.Contains(domain))
        {
            return;
        }

        After(Random.Next(600, 900), () => Write(host, domain, boot));
        if (domain.Presence != DomainPresence.Running || !host.IsAlive || domain.StandsStill || !host.HasStorage)
        {
            return;
        }

        foreach (var name in domain.Guest.Servers)
        {
            var server = Server(name);
            After(Random.Next(1, 20), () => Arrive(server, host, domain));
        }
    }

    private void Arrive(SimulatedServer server, SimulatedHost host, SimulatedDomain domain)
    {
        if (!server.IsAlive || server.IsBusyWithAnEarlierBootOf(host))
        {
            return;
        }

        if (!server.Kernel.Contains(host.Name))
        {
            domain.StandsStill = true;
            return;
        }

        var client = ClientOf(server, host);
        client.InFlight++;
        domain.InFlight++;
        var boot = server.Boot;
        var lands = Math.Max(0, server.StalledUntil - Now) + (Random.Happens(Settings.SlowWrites) ? Random.Next(1000, 8000) : 0);
        if (lands == 0)
        {
            Land(server, client, host, domain, boot);
            return;
        }

        After(lands, () => Land(server, client, host, domain, boot));
    }

    private void Land(SimulatedServer server, SimulatedServer.Client client, SimulatedHost host, SimulatedDomain domain, int boot)
    {
        if (server.Boot != boot)
        {
            domain.InFlight--;
            return;
        }

        if (!server.IsAlive)
        {
            After(500, () => Land(server, client, host, domain, boot));
            return;
        }

        client.InFlight--;
        domain.InFlight--;
        client.RenewedAt = Now;
        if (domain.Incarnation < domain.Guest.Incarnation)
        {
            Violate($"a write of {domain.Guest.Name} from {host.Name}, start {domain.Incarnation}, reached {server.Name} after its start {domain.Guest.Incarnation} elsewhere");
        }
    }

    // Machines.
    public void Crash(SimulatedHost host)
    {
        host.IsPowered = host.IsFrozen = false;
        host.Domains.RemoveAll(domain => domain.Presence == DomainPresence.Arriving);
        host.Domains.ForEach(domain => (domain.Presence, domain.StandsStill) = (DomainPresence.Defined, false));
        host.IsMounted = false;
        NoteReach();
    }

    public void Boot(SimulatedHost host)
    {
        if (host.IsPowered)
        {
            return;
        }

        host.IsPowered = true;
        host.Boot++;
        host.Epoch = 0;
        host.IsKeptBusy = false;
        NoteReach();
    }

    public void Restart(SimulatedServer server)
    {
        server.Boot++;
        server.IsAlive = true;
        server.Clients.Clear();
        server.Expired.Clear();
        server.Kernel = [.. server.Files];
        server.LockedBy = null;
        server.Epoch = 0;
        NoteReach();
    }

    public void BeginMove(SimulatedGuest guest, SimulatedHost target)
    {
        var source = Hosts.FirstOrDefault(host => host.IsAlive && host.DomainOf(guest) is { Presence: DomainPresence.Running, StandsStill: false });
        if (source is null || source == target || !Reaches(source, target) || target.Record is not null || source.Record is not null || target.DomainOf(guest) is not null || !target.LetsIn.Contains(source.Name))
        {
            return;
        }

        var move = new SimulatedMove(guest, source, target);
        moves.Add(move);
        target.Domains.Add(new SimulatedDomain(guest, DomainPresence.Arriving, 0));
        Tell($"move of {guest.Name} to {target.Name} begins");
        After(Random.Next(2000, 20_000), () => EndMove(move));
    }

    private void EndMove(SimulatedMove move)
    {
        var running = move.Source.DomainOf(move.Guest);
        var arriving = move.Target.DomainOf(move.Guest);
        if (move.IsOver || move.Source.Boot != move.SourceBoot || !move.Source.IsPowered || running is not { Presence: DomainPresence.Running })
        {
            // The half on the target stays until somebody destroys it.
            move.IsOver = true;
            return;
        }

        // QEMU hands over when its own requests have ended.
        if (!Reaches(move.Source, move.Target) || running.InFlight > 0)
        {
            After(500, () => EndMove(move));
            return;
        }

        move.IsOver = true;
        if (arriving is not { Presence: DomainPresence.Arriving })
        {
            return;
        }

        move.Source.Domains.Remove(running);
        (arriving.Presence, arriving.Incarnation) = (DomainPresence.Running, running.Incarnation);
        Tell($"move of {move.Guest.Name} to {move.Target.Name} ends");
        After(Random.Next(0, 700), () => Write(move.Target, arriving, move.Target.Boot));
    }

    // Effects. Each says whether it succeeded and what it found.

    /// <summary>Carries out an effect now, and tells its end. A machine that is frozen carries it out when it thaws.</summary>
    public void Apply(FailoverEffect effect, Action<EffectResult> ended)
    {
        switch (effect)
        {
            case FailoverEffect.FenceStorage { Fence: var fence }:
                new SimulatedFence(this, Server(fence.Server), fence, ended).Run();
                break;
            case FailoverEffect.VerifyStorage { Fence: var fence }:
                var server = Server(fence.Server);
                ended(OperatorReaches(server) ? new EffectResult(true) { Read = SimulatedFence.Read(server, fence, server.BootId, isSettled: true) } : EffectResult.Failure);
                break;
            case FailoverEffect.UnfenceStorage { Fence: var fence }:
                Unfence(Server(fence.Server), fence, ended);
                break;
            case FailoverEffect.PowerOff power:
                ended(PowerOff(Host(power.Host)));
                break;
            default:
                OnHost(effect, ended);
                break;
        }
    }

    /// <summary>The machine, and its start, that a command is for.</summary>
    public string BootOf(FailoverEffect effect) => effect switch
    {
        FailoverEffect.FenceStorage { Fence.Server: var server } => Server(server).BootId,
        FailoverEffect.VerifyStorage { Fence.Server: var server } => Server(server).BootId,
        FailoverEffect.UnfenceStorage { Fence.Server: var server } => Server(server).BootId,
        _ => HostOf(effect).BootId,
    };

    private SimulatedHost HostOf(FailoverEffect effect) => effect switch
    {
        FailoverEffect.ForgetKey forget => Host(forget.Peer),
        FailoverEffect.EndMove end => Host(end.On),
        FailoverEffect.Define define => Host(define.On),
        FailoverEffect.Start start => Host(start.On),
        FailoverEffect.DestroyStale stale => Host(stale.Host),
        FailoverEffect.Clean clean => Host(clean.Host),
        _ => throw new NotSupportedException(effect.GetType().Name),
    };

    private EffectResult PowerOff(SimulatedHost host)
    {
        if (!host.HasController || host.IsControllerBroken || !HasOperatorNetwork)
        {
            return EffectResult.Failure;
        }

        if (host.IsPowered)
        {
            Tell($"{host.Name} is switched off");
            Crash(host);
        }

        return new EffectResult(true);
    }

    private void Unfence(SimulatedServer server, StorageFence fence, Action<EffectResult> ended)
    {
        if (!OperatorReaches(server) || server.LockedBy is not null || IsRefused(server, fence.Epoch))
        {
            ended(EffectResult.Failure);
            return;
        }

        server.Epoch = Math.Max(server.Epoch, fence.Epoch);
        if (server.Marks.TryGetValue(fence.Host, out var id) && id != fence.FailoverId)
        {
            ended(EffectResult.Failure);
            return;
        }

        var host = Host(fence.Host);
        foreach (var domain in host.Domains)
        {
            if (domain.Presence == DomainPresence.Running && domain.Incarnation < domain.Guest.Incarnation)
            {
                Violate($"{server.Name} lets {host.Name} in while it runs an old {domain.Guest.Name}");
            }
        }

        if (server.Marks.Remove(fence.Host))
        {
            Tell($"{server.Name} unfences {fence.Host}");
        }

        server.Ended[fence.Host] = fence.FailoverId;
        ended(new EffectResult(true));
    }

    /// <summary>Brings the exports of a server in line with the marks there, as a store's controller does all the time: it reads, and a while later it writes.</summary>
    public void Export(SimulatedServer server, long epoch, Action ended)
    {
        var holder = new object();
        if (!OperatorReaches(server) || IsRefused(server, epoch) || (server.LockedBy is not null && Settings.Mutant != Mutant.TakesNoLock))
        {
            ended();
            return;
        }

        if (Settings.Mutant != Mutant.TakesNoLock)
        {
            server.LockedBy = holder;
        }

        server.Epoch = Math.Max(server.Epoch, epoch);
        HashSet<string> wanted = [.. Hosts.Where(host => !server.Marks.ContainsKey(host.Name)).Select(host => host.Name)];
        var boot = server.Boot;
        After(Random.Next(50, Settings.ExportTime), () => Written(server, wanted, holder, boot, ended));
    }

    private void Written(SimulatedServer server, HashSet<string> wanted, object holder, int boot, Action ended)
    {
        if (server.Boot == boot && !server.IsAlive)
        {
            After(500, () => Written(server, wanted, holder, boot, ended));
            return;
        }

        if (server.Boot == boot)
        {
            server.Files = [.. wanted];
            server.Kernel = wanted;
            if (server.LockedBy == holder)
            {
                server.LockedBy = null;
            }
        }

        ended();
    }

    private void OnHost(FailoverEffect effect, Action<EffectResult> ended)
    {
        var host = HostOf(effect);
        if (!OperatorReaches(host) || IsRefused(host, effect.Epoch))
        {
            ended(EffectResult.Failure);
            return;
        }

        host.Epoch = Math.Max(host.Epoch, effect.Epoch);
        if (effect is FailoverEffect.Clean or FailoverEffect.DestroyStale && host.Record is null)
        {
            Violate($"{host.Name} is cleaned for a failure that is over");
        }

        ended(effect switch
        {
            FailoverEffect.ForgetKey forget => Done(() => host.LetsIn.Remove(forget.Host)),
            FailoverEffect.EndMove end => Done(() => EndMove(end, host)),
            FailoverEffect.Define define => Define(Guest(define.Guest), host),
            FailoverEffect.Start start => Start(Guest(start.Guest), host, start.FailoverId),
            FailoverEffect.DestroyStale stale => Done(() => host.Domains.RemoveAll(domain => stale.Guests.Contains(domain.Guest.Name))),
            FailoverEffect.Clean => Clean(host),
            _ => EffectResult.Failure,
        });
    }

    private static EffectResult Done(Action action)
    {
        action();
        return new EffectResult(true);
    }

    private void EndMove(FailoverEffect.EndMove effect, SimulatedHost on)
    {
        foreach (var move in moves.Where(move => move.Guest.Name == effect.Move.Guest && !move.IsOver))
        {
            move.IsOver |= move.Source == on;
        }

        if (on.Name == effect.Move.Target)
        {
            on.Domains.RemoveAll(domain => domain.Guest.Name == effect.Move.Guest && domain.Presence == DomainPresence.Arriving);
        }
    }

    private static EffectResult Define(SimulatedGuest guest, SimulatedHost host)
    {
        if (host.DomainOf(guest) is null)
        {
            host.Domains.Add(new SimulatedDomain(guest, DomainPresence.Defined, 0));
        }

        return new EffectResult(true);
    }

    private EffectResult Start(SimulatedGuest guest, SimulatedHost host, string failover)
    {
        if (host.DomainOf(guest) is not { } domain || domain.Presence == DomainPresence.Arriving)
        {
            return EffectResult.Failure;
        }

        if (domain.Presence == DomainPresence.Running)
        {
            return new EffectResult(true);
        }

        if (!host.IsMounted || !host.HasStorage || guest.Servers.Select(Server).Any(server => !server.IsAlive || !server.Kernel.Contains(host.Name) || server.IsBusyWithAnEarlierBootOf(host)))
        {
            return EffectResult.Failure;
        }

        foreach (var other in Hosts)
        {
            if (other == host || other.DomainOf(guest) is not { Presence: not DomainPresence.Defined } rival || !other.IsPowered)
            {
                continue;
            }

            if (Settings.HasLocks && guest.Servers.Select(Server).Any(server => server.Clients.ContainsKey(other.Name)) && rival.Presence == DomainPresence.Running)
            {
                // The lock holds, and that it had to is a fault already when the other host may write.
                if (guest.Servers.Select(Server).Any(server => server.Kernel.Contains(other.Name)))
                {
                    Violate($"{guest.Name} is started on {host.Name} while {other.Name}, which may write, runs it: only its lock was in the way");
                }

                return EffectResult.Failure with { IsLocked = true };
            }

            if (guest.Servers.Select(Server).Any(server => server.Kernel.Contains(other.Name)))
            {
                Violate($"{guest.Name} is started on {host.Name} while {other.Name}, which may write, has it");
            }
        }

        if (failover.Length > 0 && guest.Host != host.Name)
        {
            Violate($"{guest.Name} is started on {host.Name}, and it is not written that it goes there");
        }

        guest.Incarnation++;
        (domain.Presence, domain.Incarnation, domain.StandsStill) = (DomainPresence.Running, guest.Incarnation, false);
        Tell($"start of {guest.Name} on {host.Name}");
        After(Random.Next(0, 300), () => Write(host, domain, host.Boot));
        return new EffectResult(true);
    }

    private EffectResult Clean(SimulatedHost host)
    {
        host.Domains.Clear();
        foreach (var move in moves.Where(move => move.Source == host || move.Target == host))
        {
            move.IsOver = true;
        }

        if (host.IsKeptBusy)
        {
            return EffectResult.Failure;
        }

        host.IsMounted = false;
        return new EffectResult(true) { Boot = host.BootId };
    }

    public bool IsRefused(SimulatedHost host, long epoch) => host.Epoch > epoch && Settings.Mutant != Mutant.IgnoresEpochs;

    public bool IsRefused(SimulatedServer server, long epoch) => server.Epoch > epoch && Settings.Mutant != Mutant.IgnoresEpochs;

    // The API server.

    /// <summary>Writes a host's record, if the object is as it was read.</summary>
    public EffectResult Record(FailoverEffect.RecordHost write, int version)
    {
        var host = Host(write.Host);
        if (!HasApi || host.Version != version)
        {
            return EffectResult.Failure with { IsConflict = HasApi };
        }

        var before = host.Record;
        host.Version++;
        host.Record = write.Record;
        if (write.Record is { Decided: { } decided } record && before?.Decided != decided)
        {
            host.History.Add((record.Id, Now, record.CountsForStorm));
            JudgeConviction(host, record);
        }

        if (write.Record?.State != before?.State || write.Record?.Held != before?.Held)
        {
            Tell(write.Record is null ? $"{host.Name} Healthy" : $"{host.Name} {write.Record.State}{(write.Record.State == FailoverState.Held ? $" {write.Record.Held}" : string.Empty)}");
        }

        return new EffectResult(true);
    }

    /// <summary>Writes where a guest is, if the object is as it was read.</summary>
    public EffectResult Record(FailoverEffect.RecordGuest write, int version)
    {
        var guest = Guest(write.Guest);
        if (!HasApi || guest.Version != version)
        {
            return EffectResult.Failure with { IsConflict = HasApi };
        }

        guest.Version++;
        (guest.Host, guest.Recovery) = (write.Host, write.Recovery);
        return new EffectResult(true);
    }

    // What the judge thinks of what is written.

    private void JudgeConviction(SimulatedHost host, FailoverRecord record)
    {
        FailoverIds.Add($"{host.Name}/{record.Id}");
        if (!record.CountsForStorm)
        {
            return;
        }

        // Of the budget, less the second between two beats, those between two looks, and what a late sign of life takes.
        var needed = (long)Settings.Budgets.Failed.TotalMilliseconds - 3000;
        var decided = (long)(record.Decided!.Value - DateTimeOffset.UnixEpoch).TotalMilliseconds;
        var since = host.UnreachedSince >= 0 && host.UnreachedSince <= decided ? host.UnreachedSince
            : host.UnreachedBefore.From <= decided && decided <= host.UnreachedBefore.To ? host.UnreachedBefore.From
            : decided;
        if (decided - since < needed)
        {
            Violate($"{host.Name} is shut out, and somebody reached it {(decided - since) / 1000.0:0.0} s before that was decided");
        }

        var window = (long)Settings.Budgets.StormWindow.TotalMilliseconds;
        if (convictions.Count(time => Now - time < window) >= Settings.Budgets.StormLimit(Hosts.Count))
        {
            Violate($"{host.Name} is shut out, and so many were lately that the operator should doubt itself");
        }

        convictions.Add(Now);
    }

    /// <summary>To be called when a start is sent.</summary>
    public void JudgeOrder(SimulatedGuest guest, string failover, string from)
    {
        failover = $"{from}/{failover}";
        guest.IssuedIn = failover;
        if (Hosts.Any(host => host.Name != from && (!OperatorReaches(host) || host.Record is not null)) || Settings.Capacity < Guests.Count)
        {
            return;
        }

        var first = Guests.FirstOrDefault(other => other.Priority > guest.Priority && other.Host == from && other is { IsWanted: true, MayRestart: true, RequiresPowerOff: false, PinnedTo: null, Group: null }
            && other.IssuedIn != failover && other.Servers.SequenceEqual(guest.Servers) && !Hosts.Any(host => host.Name != from && host.DomainOf(other) is not null));
        if (first is not null)
        {
            Violate($"the start of {guest.Name} is sent before that of {first.Name}, which has a higher priority");
        }
    }
}
