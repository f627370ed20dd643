using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;
using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>
/// An operator that leads: it listens, asks the product's own functions what comes next, and does that, each effect with the outcome that the run draws for it. Beside the failover it does what the operator's other controllers
/// do with the same hosts, servers and guests.
/// </summary>
internal sealed class SimulatedLeader
{
    private const int CommandDeadline = 15_000;
    private static readonly HashSet<string> Nothing = [];

    private readonly SimulatedPool pool;
    private readonly Dictionary<string, HostMemory> hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Server, string Host, string Failover), ServerMemory> servers = [];
    private readonly Dictionary<string, long> serverHeard = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Try> tries = new(StringComparer.Ordinal);
    private readonly List<(FailoverEffect Effect, Action<Action<EffectResult>> Apply)> heldBack = [];

    /// <summary>Decided, and not known to be written.</summary>
    private readonly Dictionary<string, long> convicting = new(StringComparer.Ordinal);
    private long watchingSince;
    private long apiLostAt = -1;
    private bool isTroubled;
    private bool hasHeldBack;

    public SimulatedLeader(SimulatedPool pool, long epoch)
    {
        (this.pool, Epoch, watchingSince) = (pool, epoch, pool.Now);
        foreach (var host in pool.Hosts)
        {
            hosts[host.Name] = new HostMemory { HeardAt = pool.Now, AnswersSince = -1 };
        }

        foreach (var server in pool.Servers)
        {
            serverHeard[server.Name] = pool.Now;
        }

        pool.After(500, Tick);
    }

    public long Epoch { get; }

    public bool IsAlive { get; set; } = true;

    public bool IsPaused { get; set; }

    private FailoverBudgets Budgets => pool.Settings.Budgets;

    /// <summary>Its process goes on after a pause, and still leads.</summary>
    public void WakeUp(long pause)
    {
        if (pause > Budgets.Lag.TotalMilliseconds)
        {
            watchingSince = pool.Now;
        }

        SendHeldBack();
    }

    /// <summary>Its process goes on, and another one leads: what it was about to send is sent.</summary>
    public void WakeUpReplaced()
    {
        SendHeldBack();
        IsAlive = pool.Settings.Mutant == Mutant.HasTwoLeadersOfOneEpoch;
    }

    private void SendHeldBack()
    {
        List<(FailoverEffect Effect, Action<Action<EffectResult>> Apply)> effects = [.. heldBack];
        heldBack.Clear();
        hasHeldBack = false;
        foreach (var (effect, apply) in effects)
        {
            if (IsAlive)
            {
                Send(effect, apply);
            }
        }
    }

    private void Tick()
    {
        if (!IsAlive)
        {
            return;
        }

        pool.After(isTroubled ? 500 : 1000, Tick);
        if (IsPaused && hasHeldBack)
        {
            return;
        }

        // The moment before the pause: what is decided now is sent after it.
        hasHeldBack = IsPaused;

        if (pool.HasApi)
        {
            apiLostAt = -1;
        }
        else if (apiLostAt < 0)
        {
            apiLostAt = pool.Now;
        }
        else if (pool.Now - apiLostAt >= 10_000)
        {
            pool.KillLeader(5000);
            return;
        }

        Listen();
        isTroubled = false;
        foreach (var host in pool.Hosts)
        {
            var memory = hosts[host.Name];
            memory.Verdict = memory.HeardAt == pool.Now && host.Record is null ? null : Judge(host, memory);
            isTroubled |= memory.Verdict is not null;
        }

        var effects = new List<FailoverEffect>();
        if (isTroubled)
        {
            foreach (var host in pool.Hosts)
            {
                if (hosts[host.Name] is { Verdict: not null } memory)
                {
                    // Anew: what was decided for the hosts before this one counts for the storm guard.
                    Decide(host, memory.Verdict = Judge(host, memory), effects);
                }
            }
        }

        if (!IsPaused)
        {
            DoOtherWork(effects);
        }

        foreach (var effect in effects)
        {
            if (IsPaused)
            {
                heldBack.Add((effect, Prepared(effect)));
            }
            else if (IsAlive && !IsBusy(effect.Key))
            {
                Send(effect, Prepared(effect));
            }
        }
    }

    // What it hears.
    private void Listen()
    {
        foreach (var host in pool.Hosts)
        {
            var memory = hosts[host.Name];
            var speaks = pool.StreamSpeaks(host);
            var answers = IsAnswering(host);
            if (answers && host.Epoch < Epoch)
            {
                // Whoever is asked for the first time takes the host: what an older leader sends later is refused.
                host.Epoch = Epoch;
            }

            if (!answers)
            {
                memory.AnswersSince = -1;
            }
            else if (memory.AnswersSince < 0)
            {
                memory.AnswersSince = pool.Now;
            }

            if (speaks)
            {
                memory.HeardAt = pool.Now;
                memory.IsHeard = true;
                memory.Vantages.Clear();
            }
            else if (pool.Now - memory.HeardAt >= Budgets.PreSuspected.TotalMilliseconds)
            {
                Probe(host, memory);
            }
        }

        foreach (var server in pool.Servers)
        {
            if (pool.OperatorReaches(server))
            {
                serverHeard[server.Name] = pool.Now;
                if (server.Epoch < Epoch)
                {
                    server.Epoch = Epoch;
                }
            }
        }
    }

    private void Probe(SimulatedHost host, HostMemory memory)
    {
        Note("operator", pool.OperatorReaches(host), isWell: true);
        foreach (var other in pool.Hosts)
        {
            if (other != host)
            {
                Note(other.Name, SimulatedPool.Reaches(other, host), pool.OperatorReaches(other));
            }
        }

        foreach (var server in pool.Servers)
        {
            Note(server.Name, SimulatedPool.Reaches(server, host), pool.OperatorReaches(server) && server.Refusal is null);
        }

        void Note(string vantage, bool reached, bool isWell)
        {
            var report = memory.Vantages.GetValueOrDefault(vantage);
            memory.Vantages[vantage] = !isWell ? (0, report.AnswerAt, false) : reached ? (0, pool.Now, true) : (report.Failed + 1, report.AnswerAt, true);
        }
    }

    private bool IsAnswering(SimulatedHost host) => pool.OperatorReaches(host) && !pool.IsRefused(host, Epoch);

    private DetectionVerdict Judge(SimulatedHost host, HostMemory memory)
    {
        var mutant = pool.Settings.Mutant;
        var vantages = new List<VantageReport>(memory.Vantages.Count);
        foreach (var (name, report) in memory.Vantages)
        {
            var kind = name == "operator" ? VantageKind.Operator : pool.Hosts.Any(other => other.Name == name) ? VantageKind.Peer : VantageKind.StorageServer;
            vantages.Add(mutant == Mutant.BelievesAStaleStream || (mutant == Mutant.IgnoresOtherVantages && kind != VantageKind.Operator)
                ? new VantageReport(name, kind, Budgets.FailedProbes, null, IsWell: true)
                : new VantageReport(name, kind, report.Failed, report.AnswerAt is { } at ? Since(at) : null, report.IsWell));
        }

        var leases = new List<LeaseReport>();
        if (pool.Settings.TellsLeases && mutant is not (Mutant.BelievesAStaleStream or Mutant.IgnoresOtherVantages))
        {
            foreach (var server in pool.Servers)
            {
                if (server.Refusal is null && pool.OperatorReaches(server))
                {
                    long youngest = -1;
                    foreach (var (name, client) in server.Clients)
                    {
                        youngest = name != host.Name ? Math.Max(youngest, client.RenewedAt) : youngest;
                    }

                    leases.Add(new LeaseReport(server.Name, server.Clients.TryGetValue(host.Name, out var own) ? Since(own.RenewedAt) : null, youngest < 0 ? null : Since(youngest)));
                }
            }
        }

        var signals = new HostSignals(host.Name, Since(memory.HeardAt))
        {
            IsHeard = memory.IsHeard,
            Vantages = vantages,
            Leases = leases,
            Power = !host.HasController ? null : new PowerReport(host.IsControllerBroken || !pool.HasOperatorNetwork ? PowerState.Unknown : host.IsPowered ? PowerState.On : PowerState.Off, TimeSpan.Zero),
            IsDrainedForMaintenance = host.IsInMaintenance && pool.Guests.All(guest => guest.Host != host.Name),
        };
        var others = new PoolSignals
        {
            Others = [.. pool.Hosts.Where(other => other != host).Select(other => new OtherHost(other.Name, Since(hosts[other.Name].HeardAt), other.Record is null && !other.IsInMaintenance, IsDown(other)))],
            Servers = [.. pool.Servers.Where(server => server.Refusal is null).Select(server => new ServerContact(server.Name, Since(serverHeard[server.Name])))],
            FenceAges = mutant == Mutant.HasNoStormGuard ? [] : [.. pool.Hosts.SelectMany(other => other.History).Where(entry => entry.Counts).Select(entry => Since(entry.Time)), .. convicting.Select(entry => Since(entry.Value))],
            Disarmed = pool.DisarmReason is { } reason ? new Disarm(reason, TimeSpan.FromHours(1)) : null,
        };
        return FailureDetection.Judge(signals, others, new OperatorSignals(Since(watchingSince), TimeSpan.Zero, IsLeader: true, pool.HasApi), Budgets);
    }

    private static bool IsDown(SimulatedHost host) => host.IsInMaintenance || host.Record is { State: >= FailoverState.Fencing };

    // What it decides.
    private void Decide(SimulatedHost host, DetectionVerdict verdict, List<FailoverEffect> effects)
    {
        var view = View(host, verdict);
        var decision = HostFailoverPlanner.Next(view);
        effects.AddRange(decision.Effects);
        if (decision.Effects.OfType<FailoverEffect.RecordHost>().FirstOrDefault() is { Record: { Decided: { } decided, CountsForStorm: true } record } && decided == pool.Clock)
        {
            convicting[record.Id + host.Name] = pool.Now;
        }

        foreach (var guest in view.Guests)
        {
            foreach (var effect in GuestRecoveryPlanner.Next(guest, view).Effects)
            {
                effects.Add(pool.Settings.Mutant == Mutant.StartsBeforeItIsWritten && effect is FailoverEffect.RecordGuest { Recovery: { State: RecoveryState.Starting } recovery }
                    ? guest.Domains.ContainsKey(recovery.Target)
                        ? new FailoverEffect.Start(guest.Name, recovery.Target, effect.FailoverId, Epoch)
                        : new FailoverEffect.Define(guest.Name, recovery.Target, effect.FailoverId, Epoch)
                    : effect);
            }
        }
    }

    private FailoverView View(SimulatedHost host, DetectionVerdict verdict)
    {
        var view = WithoutGuests(host, verdict);
        if (host.Record is { State: >= FailoverState.Fencing and not FailoverState.Quarantined } record)
        {
            view = view with
            {
                Peers = [.. pool.Hosts.Where(other => other != host && IsAnswering(other)).Select(other => new PeerView(other.Name, other.LetsIn.Contains(host.Name)))],
                Moves = [.. MovesOf(host)],
                Guests = [.. pool.Guests.Where(guest => guest.Host == host.Name || (guest.Recovery is { } recovery && recovery.FailoverId == record.Id && recovery.From == host.Name)).Select(guest => View(guest, host))],
            };
        }

        return Mutated(view, host);
    }

    private FailoverView WithoutGuests(SimulatedHost host, DetectionVerdict verdict)
    {
        var memory = hosts[host.Name];
        var answers = IsAnswering(host);
        return new FailoverView(host.Name, pool.Clock, Epoch, verdict, Budgets)
        {
            Record = host.Record,
            Failures = [.. host.History.Select(entry => DateTimeOffset.UnixEpoch.AddMilliseconds(entry.Time))],
            IsAnswering = answers,
            Boot = answers ? host.BootId : null,
            NewlyCleaned = memory.Cleaned,
            Domains = answers ? [.. host.Domains.Where(domain => domain.Presence != DomainPresence.Defined).Select(domain => domain.Guest.Name)] : null,
            IsReady = answers && host.IsMounted && pool.Servers.All(server => server.Kernel.Contains(host.Name)),
            WellFor = memory.AnswersSince < 0 ? TimeSpan.Zero : Since(memory.AnswersSince),
            Servers = [.. pool.Servers.Select(server => View(server, host))],
            HasController = host.HasController,
            IsOff = host is { HasController: true, IsControllerBroken: false, IsPowered: false } && pool.HasOperatorNetwork,
            ConfirmedId = host.ConfirmedId,
            Busy = BusyKeys(),
        };
    }

    private FailoverView Mutated(FailoverView view, SimulatedHost host)
    {
        switch (pool.Settings.Mutant)
        {
            case Mutant.UnfencesBeforeCleaning when view.IsAnswering && view.Record is { } record:
                return view with { Domains = [], Record = record.State == FailoverState.Returning ? record with { CleanedBoot = host.BootId } : record };
            case Mutant.TakesOneServersProofForAll when view.Record is { Proofs: [var proof, ..] } record:
                return view with
                {
                    Record = record with { Proofs = [.. pool.Servers.Select(server => proof with { Server = server.Name, Boot = server.BootId })] },
                    Servers = [.. view.Servers.Select(server => server with { ReadAge = TimeSpan.Zero, IsBroken = false, NewProof = null })],
                };
            case Mutant.InvertsPriorities:
                return view with { Guests = [.. view.Guests.Select(guest => guest with { Priority = -guest.Priority })] };
            default:
                return view;
        }
    }

    private ServerView View(SimulatedServer server, SimulatedHost host)
    {
        var memory = Memory(server.Name, host.Name, host.Record?.Id);
        return new ServerView(server.Name, server.Refusal)
        {
            Boot = pool.OperatorReaches(server) ? server.BootId : null,
            NewProof = memory.NewProof,
            ReadAge = memory.ReadAt is { } at ? Since(at) : null,
            IsBroken = memory.IsBroken,
            IsMarked = memory.IsMarked,
        };
    }

    private FailoverGuest View(SimulatedGuest guest, SimulatedHost failed)
    {
        var domains = new Dictionary<string, DomainPresence>(StringComparer.Ordinal);
        List<string>? unasked = null;
        foreach (var other in pool.Hosts)
        {
            if (other == failed)
            {
                continue;
            }

            if (IsAnswering(other))
            {
                if (other.DomainOf(guest) is { } domain)
                {
                    domains[other.Name] = domain.Presence;
                }
            }
            else if (!IsShutOut(other) && !(other.IsInMaintenance && pool.Guests.All(known => known.Host != other.Name)))
            {
                (unasked ??= []).Add(other.Name);
            }
        }

        return new FailoverGuest(guest.Name, guest.Host, guest.Servers)
        {
            Recovery = guest.Recovery,
            Priority = guest.Priority,
            Refusal = RestartPolicy.Refuse(guest.IsWanted ? RestartWish.Always : RestartWish.Never, guest.MayRestart, ran: true, unusable: null),
            RequiresPowerOff = guest.RequiresPowerOff,
            Place = PlaceFor(guest, failed)?.Name,
            NoPlace = "no host has room",
            Domains = domains,
            UnaskedHosts = unasked ?? [],
        };
    }

    private bool IsShutOut(SimulatedHost host) => host.Record is not null && hosts[host.Name].Verdict is { } verdict && HostFailoverPlanner.IsShutOut(WithoutGuests(host, verdict));

    private SimulatedHost? PlaceFor(SimulatedGuest guest, SimulatedHost? failed) => pool.Hosts
        .Where(host => host != failed && IsAnswering(host) && host is { Record: null, IsMounted: true, IsInMaintenance: false } && guest.PinnedTo is null
            && pool.Guests.Count(other => other.Host == host.Name) < pool.Settings.Capacity
            && (guest.Group is null || !pool.Guests.Any(other => other != guest && other.Group == guest.Group && other.Host == host.Name)))
        .OrderBy(host => pool.Guests.Count(other => other.Host == host.Name))
        .ThenBy(host => host.Name, StringComparer.Ordinal)
        .FirstOrDefault();

    private IEnumerable<FailoverMove> MovesOf(SimulatedHost host)
    {
        foreach (var move in pool.Moves)
        {
            if (move.Source == host && IsAnswering(move.Target) && move.Target.DomainOf(move.Guest) is { Presence: DomainPresence.Arriving })
            {
                yield return new FailoverMove(move.Guest.Name, host.Name, move.Target.Name);
            }
            else if (move.Target == host && !move.IsOver && IsAnswering(move.Source))
            {
                yield return new FailoverMove(move.Guest.Name, move.Source.Name, host.Name);
            }
        }
    }

    // What else an operator does.
    private void DoOtherWork(List<FailoverEffect> effects)
    {
        foreach (var server in pool.Servers)
        {
            if (pool.OperatorReaches(server) && pool.Random.Happens(server.Files.Count + server.Marks.Count == pool.Hosts.Count ? 200 : 900) && !IsBusy($"exports {server.Name}"))
            {
                tries[$"exports {server.Name}"] = new Try { IsUnderWay = true };
                pool.Export(server, Epoch, () => tries.Remove($"exports {server.Name}"));
            }
        }

        foreach (var host in pool.Hosts)
        {
            if (!host.IsMounted && IsAnswering(host) && MayMount(host) && pool.Servers.All(server => server.Kernel.Contains(host.Name)))
            {
                host.IsMounted = true;
            }

            if (host.Record is null && host.LetsIn.Count < pool.Hosts.Count - 1 && IsAnswering(host))
            {
                host.LetsIn.UnionWith(pool.Hosts.Where(other => other != host && other.Record is null).Select(other => other.Name));
            }
        }

        foreach (var server in pool.Servers)
        {
            if (pool.OperatorReaches(server) && pool.Hosts.Any(host => host.Record is null && server.Kernel.Contains(host.Name) && server.Clients.ContainsKey(host.Name)))
            {
                pool.SeenHealthyIn[server.Name] = server.BootId;
            }
        }

        foreach (var move in pool.Moves)
        {
            if (move.IsOver && IsAnswering(move.Source) && IsAnswering(move.Target))
            {
                // Both ends say that it is over: what is left of it on the target goes.
                move.Target.Domains.RemoveAll(domain => domain.Guest == move.Guest && domain.Presence == DomainPresence.Arriving);
            }
        }

        foreach (var guest in pool.Guests)
        {
            Keep(guest, effects);
        }
    }

    private bool MayMount(SimulatedHost host) =>
        host.Record is null || (host.Record is { State: FailoverState.Returning } record && record.CleanedBoot == host.BootId && pool.Servers.All(server => server.Refusal is not null || Memory(server.Name, host.Name, host.Record?.Id).IsMarked == false));

    /// <summary>Learns where a guest is, and starts it at home when it is nowhere.</summary>
    private void Keep(SimulatedGuest guest, List<FailoverEffect> effects)
    {
        var home = pool.Host(guest.Host);
        if (home is { IsMounted: true } && IsAnswering(home) && home.DomainOf(guest) is { Presence: DomainPresence.Running })
        {
            return;
        }

        if (home.Record is not null || (guest.Recovery is { State: RecoveryState.Starting } recovery && pool.Host(recovery.From).Record?.Id == recovery.FailoverId) || !pool.HasApi)
        {
            return;
        }

        var isKnown = true;
        foreach (var host in pool.Hosts)
        {
            if (!IsAnswering(host))
            {
                isKnown &= host != home && (IsShutOut(host) || (host.IsInMaintenance && host.Record is null));
            }
            else if (host.DomainOf(guest) is { Presence: not DomainPresence.Defined } domain)
            {
                if (domain.Presence == DomainPresence.Running && host.Record is null && host != home)
                {
                    guest.Version++;
                    guest.Host = host.Name;
                    pool.Trace(() => $"{guest.Name} is found on {host.Name}");
                }

                return;
            }
        }

        if (!isKnown || !guest.IsWanted || !home.IsMounted || IsBusy(FailoverEffect.Start.KeyOf(guest.Name, home.Name)))
        {
            return;
        }

        effects.Add(home.DomainOf(guest) is null
            ? new FailoverEffect.Define(guest.Name, home.Name, string.Empty, Epoch)
            : new FailoverEffect.Start(guest.Name, home.Name, string.Empty, Epoch));
    }

    // What it does.
    private void Send(FailoverEffect effect, Action<Action<EffectResult>> apply)
    {
        var number = pool.Effects++;
        if (number == pool.Settings.KillBefore)
        {
            pool.KillLeader(3000);
            return;
        }

        tries[effect.Key] = (tries.GetValueOrDefault(effect.Key) ?? new Try()) with { IsUnderWay = true };
        pool.Trace(() => $"sends {effect.GetType().Name} ({effect.Key})");
        if (effect is FailoverEffect.Start { FailoverId.Length: > 0 } start && pool.Guest(start.Guest).Recovery is { } recovery)
        {
            pool.JudgeOrder(pool.Guest(start.Guest), effect.FailoverId, recovery.From);
        }

        var latency = Latency(effect);
        switch (Drawn())
        {
            case EffectOutcome.Done:
                pool.After(latency, () => apply(result =>
                {
                    if (number == pool.Settings.KillAfter)
                    {
                        pool.KillLeader(3000);
                    }

                    Hear(effect, result);
                }));
                break;
            case EffectOutcome.DoneAnswerLost:
                pool.After(latency, () => apply(_ => { }));
                pool.After(CommandDeadline, () => Hear(effect, NoAnswer(effect)));
                break;
            case EffectOutcome.NotDone:
                pool.After(latency, () => Hear(effect, NoAnswer(effect)));
                break;
            default:
                // Its sender is answered after that, or is no more.
                // A request to the API server ends after some seconds, and an agent with its operator; a command may stand in a machine's way for longer.
                var delay = effect is FailoverEffect.RecordHost or FailoverEffect.RecordGuest or FailoverEffect.PowerOff ? pool.Random.Next(1000, 5000) : pool.Random.Next(2000, 40_000);
                pool.After(delay, () => apply(_ => { }));
                pool.After(delay + 1000, () => Hear(effect, EffectResult.Failure));
                if (pool.Random.Happens(700))
                {
                    pool.KillLeader(pool.Random.Next(1000, 15_000));
                }

                break;
        }
    }

    private EffectOutcome Drawn()
    {
        var (lost, notDone, late) = pool.Settings.Outcomes;
        var drawn = lost + notDone + late == 0 ? 1000 : pool.Random.Next(0, 1000);
        return drawn < lost ? EffectOutcome.DoneAnswerLost : drawn < lost + notDone ? EffectOutcome.NotDone : drawn < lost + notDone + late ? EffectOutcome.DoneLate : EffectOutcome.Done;
    }

    /// <summary>What is done, if objects and machines are as they were when it was decided: objects by their version, and a command ends with the boot of its machine.</summary>
    private Action<Action<EffectResult>> Prepared(FailoverEffect effect)
    {
        switch (effect)
        {
            case FailoverEffect.RecordHost write:
                var hostVersion = pool.Host(write.Host).Version;
                return ended => ended(pool.Record(write, hostVersion));
            case FailoverEffect.RecordGuest write:
                var guestVersion = pool.Guest(write.Guest).Version;
                return ended => ended(pool.Record(write, guestVersion));
            case FailoverEffect.PowerOff:
                return ended => pool.Apply(effect, ended);
            default:
                var boot = pool.BootOf(effect);
                return ended =>
                {
                    if (pool.BootOf(effect) == boot)
                    {
                        pool.Apply(effect, ended);
                    }
                    else
                    {
                        ended(EffectResult.Failure);
                    }
                };
        }
    }

    private EffectResult NoAnswer(FailoverEffect effect) => pool.Settings.Mutant != Mutant.TakesALostAnswerForSuccess
        ? EffectResult.Failure
        : new EffectResult(true)
        {
            Read = effect is FailoverEffect.FenceStorage { Fence: var fence } ? new FenceReadBack(fence.FailoverId, pool.Server(fence.Server).BootId, pool.Server(fence.Server).BootId) { HasControl = true, IsSettled = true } : null,
            Boot = effect is FailoverEffect.Clean clean ? pool.Host(clean.Host).BootId : null,
        };

    private void Hear(FailoverEffect effect, EffectResult result) => Hear(effect, result, pool.Now);

    /// <summary>What was read counts from when it was read, however late it is heard.</summary>
    private void Hear(FailoverEffect effect, EffectResult result, long readAt)
    {
        if (!IsAlive)
        {
            return;
        }

        if (IsPaused)
        {
            pool.After(500, () => Hear(effect, result, readAt));
            return;
        }

        pool.Trace(() => $"hears {effect.GetType().Name} ({effect.Key}): {(result.IsDone ? "done" : result.IsLocked ? "locked" : "not done")}");
        var isDone = result.IsDone;
        switch (effect)
        {
            case FailoverEffect.RecordHost { Record: { } record } write:
                convicting.Remove(record.Id + write.Host);
                break;
            case FailoverEffect.FenceStorage { Fence: var fence }:
                var memory = Memory(fence.Server, fence.Host, fence.FailoverId);
                memory.IsMarked = result.IsDone ? true : memory.IsMarked;
                if (result.Read is { } found && StorageProofs.Judge(fence, found, IsKnown(fence, found)) is { Proof: { } proof })
                {
                    (memory.NewProof, memory.ReadAt, memory.IsBroken) = (proof, readAt, false);
                }
                else
                {
                    isDone = false;
                }

                break;
            case FailoverEffect.VerifyStorage { Fence: var fence } when result.Read is { } read:
                memory = Memory(fence.Server, fence.Host, fence.FailoverId);
                if (StorageProofs.Judge(fence, read, IsKnown(fence, read)).Proof is not null)
                {
                    memory.ReadAt = readAt;
                }
                else
                {
                    (memory.IsBroken, memory.NewProof) = (true, null);
                }

                break;
            case FailoverEffect.UnfenceStorage { Fence: var fence } when result.IsDone:
                Memory(fence.Server, fence.Host, fence.FailoverId).IsMarked = false;
                break;
            case FailoverEffect.Clean clean when result.IsDone:
                hosts[clean.Host].Cleaned = new CleanedHost(clean.FailoverId, result.Boot!);
                break;
            case FailoverEffect.Start start when result.IsLocked && pool.Guest(start.Guest).Recovery is { } recovery:
                foreach (var server in pool.Guest(start.Guest).Servers)
                {
                    Memory(server, recovery.From, recovery.FailoverId).IsBroken = true;
                }

                break;
        }

        var before = tries.GetValueOrDefault(effect.Key) ?? new Try();
        if (isDone || effect is FailoverEffect.RecordHost or FailoverEffect.RecordGuest)
        {
            tries.Remove(effect.Key);
        }
        else
        {
            tries[effect.Key] = new Try { Count = before.Count + 1, RetryAt = pool.Now + (long)Budgets.RetryAfter(before.Count + 1).TotalMilliseconds };
        }
    }

    private bool IsKnown(StorageFence fence, FenceReadBack read) =>
        pool.Host(fence.Host) is { Record: { } record } host
        && ((pool.Hosts.All(other => other.Record is not null) && pool.SeenHealthyIn.GetValueOrDefault(fence.Server) == read.Boot)
            || record.Proofs.Any(proof => proof.Server == fence.Server && proof.FailoverId == fence.FailoverId) || (hosts[host.Name].Verdict is { } verdict && WithoutGuests(host, verdict).Exclusion.IsOff));

    private int Latency(FailoverEffect effect) => effect switch
    {
        FailoverEffect.RecordHost or FailoverEffect.RecordGuest => pool.Random.Next(20, 100),
        FailoverEffect.PowerOff => pool.Random.Next(500, 4000),
        FailoverEffect.Clean => pool.Random.Next(500, 3000),
        _ => pool.Random.Next(100, 600),
    };

    private bool IsBusy(string key) => tries.TryGetValue(key, out var known) && (known.IsUnderWay || known.RetryAt > pool.Now);

    private HashSet<string> BusyKeys()
    {
        if (tries.Count == 0)
        {
            return Nothing;
        }

        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (var (key, known) in tries)
        {
            if (known.IsUnderWay || known.RetryAt > pool.Now)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private ServerMemory Memory(string server, string host, string? failover)
    {
        if (!servers.TryGetValue((server, host, failover ?? string.Empty), out var memory))
        {
            servers[(server, host, failover ?? string.Empty)] = memory = new ServerMemory();
        }

        return memory;
    }

    private TimeSpan Since(long time) => TimeSpan.FromMilliseconds(pool.Now - time);

    private sealed class HostMemory
    {
        public long HeardAt { get; set; }

        public long AnswersSince { get; set; }

        public bool IsHeard { get; set; }

        public Dictionary<string, (int Failed, long? AnswerAt, bool IsWell)> Vantages { get; } = new(StringComparer.Ordinal);

        public DetectionVerdict? Verdict { get; set; }

        public CleanedHost? Cleaned { get; set; }
    }

    private sealed class ServerMemory
    {
        public StorageProof? NewProof { get; set; }

        public long? ReadAt { get; set; }

        public bool IsBroken { get; set; }

        public bool? IsMarked { get; set; }
    }

    private sealed record Try
    {
        public bool IsUnderWay { get; init; }

        public int Count { get; init; }

        public long RetryAt { get; init; }
    }
}
