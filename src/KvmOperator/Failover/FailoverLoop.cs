using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Admission;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;
using KvmOperator.Planning.Failover.Recovery;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using KvmOperator.Settings;
using KvmOperator.Status;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Failover;

/// <summary>
/// Looks after the failures of hosts: listens, asks the planners of <c>KvmOperator.Planning.Failover</c> what a host is and what comes next, and has that carried out. All decisions are made one after the other on one thread, from what is
/// written down and what is seen; losing all that this process remembers costs time and nothing else. It is the only one that writes <c>status.failover</c> beyond the state Silent, and the condition Fenced.
/// </summary>
internal sealed class FailoverLoop
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Troubled = TimeSpan.FromMilliseconds(500);

    /// <summary>What a write that failed says of the API server.</summary>
    private static readonly TimeSpan AfterFailedWrite = TimeSpan.FromSeconds(5);

    /// <summary>How often it is looked what would follow from a failure.</summary>
    private static readonly TimeSpan AdmissionInterval = TimeSpan.FromSeconds(30);

    /// <summary>Of how many hosts of a pool that is looked at in one turn: a turn must not be late because of it.</summary>
    private const int AdmissionsInATurn = 4;

    private readonly IFailoverObjects objects;
    private readonly IEntityStore<KvmHost> hosts;
    private readonly IEntityStore<NfsStore> stores;
    private readonly IEntityStore<VirtualMachine> guests;
    private readonly IEntityStore<VmMigration> moves;
    private readonly PoolViews pools;
    private readonly HostObservations observations;
    private readonly DomainIndex domains;
    private readonly GuestHosts guestHosts;
    private readonly GuestPlaces places;
    private readonly PlacementGate gate;
    private readonly FailoverGuests failoverGuests;
    private readonly GuestStores guestStores;
    private readonly LiveSettings settings;
    private readonly FailoverDisarm disarm;
    private readonly FailoverNews news;
    private readonly ILeadership leadership;
    private readonly FailoverWakes wakes;
    private readonly IEventRecorder events;
    private readonly TimeProvider clock;
    private readonly ILogger<FailoverLoop> logger;

    private readonly FailoverExecutor executor;
    private readonly FailoverSignals signals;
    private readonly StorageServers servers;
    private readonly KeptDefinitions kept;
    private readonly EffectTries tries;
    private readonly Lock gateOfHeard = new();
    private readonly Dictionary<(string Server, string Host, string Failure), ServerMemory> memories = [];
    private readonly HashSet<(string Peer, string Host, string Failure)> forgotten = [];
    private readonly Dictionary<string, long> convicting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> admittedAt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> problems = new(StringComparer.Ordinal);
    private readonly HashSet<Task> underWay = [];
    private List<Action> heard = [];
    private TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long watchingSince;
    private long? due;
    private long? writeFailed;

    public FailoverLoop(
        IFailoverMachines machines,
        IFailoverObjects objects,
        IEntityStore<KvmHost> hosts,
        IEntityStore<NfsStore> stores,
        IEntityStore<VirtualMachine> guests,
        IEntityStore<VmMigration> moves,
        PoolViews pools,
        HostObservations observations,
        DomainIndex domains,
        GuestHosts guestHosts,
        GuestPlaces places,
        PlacementGate gate,
        FailoverGuests failoverGuests,
        GuestStores guestStores,
        LiveSettings settings,
        FailoverDisarm disarm,
        FailoverNews news,
        ILeadership leadership,
        FailoverWakes wakes,
        IEventRecorder events,
        TimeProvider clock,
        ILogger<FailoverLoop> logger)
    {
        (this.objects, this.hosts, this.stores, this.guests, this.moves, this.pools) = (objects, hosts, stores, guests, moves, pools);
        (this.observations, this.domains, this.guestHosts, this.places, this.gate) = (observations, domains, guestHosts, places, gate);
        (this.failoverGuests, this.guestStores, this.settings, this.disarm, this.news) = (failoverGuests, guestStores, settings, disarm, news);
        (this.leadership, this.wakes, this.events, this.clock, this.logger) = (leadership, wakes, events, clock, logger);
        executor = new FailoverExecutor(machines, objects, clock);
        signals = new FailoverSignals(machines, observations, guests, clock, Hear);
        servers = new StorageServers(machines, clock, Hear);
        kept = new KeptDefinitions(machines, guestStores, clock, Hear);
        tries = new EffectTries(clock);
        watchingSince = clock.GetTimestamp();
    }

    /// <summary>What was begun and has not ended.</summary>
    public IReadOnlyList<Task> UnderWay
    {
        get
        {
            lock (gateOfHeard)
            {
                return [.. underWay];
            }
        }
    }

    /// <summary>Looks after failures until it is told to end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        watchingSince = clock.GetTimestamp();
        due = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = Calm;
            Task wake;
            lock (gateOfHeard)
            {
                woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wake = woken.Task;
            }

            try
            {
                pause = Tick(cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // What was not decided is not done; the next turn decides anew.
                logger.LogError(exception, "The failures of hosts could not be looked after in this turn");
            }

            due = clock.GetTimestamp() + (long)(pause.TotalSeconds * clock.TimestampFrequency);
            try
            {
                await wake.WaitAsync(pause, clock, cancellationToken);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                // It is time.
            }
        }
    }

    /// <summary>One turn: takes in what was heard, judges, decides, and begins what follows.</summary>
    /// <returns>When the next turn is due.</returns>
    public TimeSpan Tick(CancellationToken cancellationToken)
    {
        // A process that stood still has seen nothing meanwhile, and must not take that for silence.
        var now = clock.GetTimestamp();
        var lag = due is { } expected && expected < now ? clock.GetElapsedTime(expected, now) : TimeSpan.Zero;
        if (lag > FailoverBudgets.Default.Lag)
        {
            watchingSince = now;
        }

        TakeHeard();
        if (!leadership.IsLeader)
        {
            return Calm;
        }

        var isTroubled = false;
        var all = hosts.List();
        signals.Keep(all.Select(host => host.Name()).ToHashSet(StringComparer.Ordinal));
        Forget(all);
        kept.Keep(all.Select(host => host.Status?.Failover?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal));
        foreach (var name in all.Select(host => host.Spec.Pool).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            isTroubled |= LookAfter(name, lag, cancellationToken);
        }

        return isTroubled ? Troubled : Calm;
    }

    /// <summary>Forgets what was remembered of failures that are over.</summary>
    private void Forget(IReadOnlyList<KvmHost> all)
    {
        if (memories.Count + forgotten.Count == 0)
        {
            return;
        }

        var failures = all.Where(host => host.Status?.Failover is not null).Select(host => (host.Name(), host.Status!.Failover!.Id)).ToHashSet();
        foreach (var over in memories.Keys.Where(key => !failures.Contains((key.Host, key.Failure))).ToList())
        {
            memories.Remove(over);
        }

        forgotten.RemoveWhere(key => !failures.Contains((key.Host, key.Failure)));
    }

    private bool LookAfter(string name, TimeSpan lag, CancellationToken cancellationToken)
    {
        var policy = settings.Failover(name);
        var switchedOff = disarm.Of(name);
        var pool = new FailoverPool(
            name,
            [.. pools.Of(name).Workable.Where(host => pools.Of(name).Find(host.Name()) is { CanBeAsked: true, IsSameMachine: false })],
            PoolServer.Of(stores.ListBy(HostIndexes.ByPool, name)),
            policy.Budgets,
            policy.IsArmed ? switchedOff : new Disarm("it is not armed for the pool", TimeSpan.FromHours(1)));
        foreach (var server in pool.Servers)
        {
            servers.Refresh(server, cancellationToken);
        }

        var isConcerned = policy.IsArmed || pool.Hosts.Any(host => host.Status?.Failover is { State: not HostFailoverState.Silent });
        if (isConcerned)
        {
            signals.Listen(pool, cancellationToken);
        }

        // Of a host that speaks and has no failure there is nothing to judge: a large pool costs next to nothing while all is well.
        var concerned = isConcerned ? pool.Hosts.Where(host => host.Status?.Failover is { } failover ? policy.IsArmed || failover.State != HostFailoverState.Silent : policy.IsArmed && !signals.IsSpeaking(host.Name(), pool.Budgets)).ToList() : [];
        foreach (var host in pool.Hosts)
        {
            signals.Of(host.Name()).Verdict = null;
        }

        foreach (var host in concerned)
        {
            signals.Of(host.Name()).Verdict = Judge(pool, host, lag);
        }

        var orders = new List<FailoverOrder>();
        foreach (var host in concerned)
        {
            // Judged anew: what was decided in this turn for the hosts before this one counts.
            var verdict = signals.Of(host.Name()).Verdict = Judge(pool, host, lag);
            Decide(pool, host, verdict, orders, cancellationToken);
        }

        foreach (var order in orders)
        {
            Send(order, cancellationToken);
        }

        var busy = tries.Busy;
        var left = AdmissionsInATurn;
        foreach (var host in pool.Hosts.Where(host => !busy.Contains(FailoverEffect.RecordHost.KeyOf(host.Name()))))
        {
            TellConditions(pool, host, policy.IsArmed, switchedOff, ref left, cancellationToken);
        }

        return concerned.Count > 0;
    }

    private DetectionVerdict Judge(FailoverPool pool, KvmHost host, TimeSpan lag)
    {
        var ages = hosts.ListBy(HostIndexes.ByPool, pool.Name).SelectMany(other => other.Status?.Failures ?? [])
            .Where(failure => failure.Certain != true)
            .Select(failure => clock.GetUtcNow() - new DateTimeOffset(DateTime.SpecifyKind(failure.Decided, DateTimeKind.Utc)))
            .Select(age => age < TimeSpan.Zero ? TimeSpan.Zero : age)
            .Concat(convicting.Where(entry => pool.Hosts.Any(other => entry.Key.StartsWith($"{other.Name()}/", StringComparison.Ordinal))).Select(entry => clock.GetElapsedTime(entry.Value)));
        var canWrite = writeFailed is not { } failed || clock.GetElapsedTime(failed) > AfterFailedWrite;
        var of = host.IsPaused() ? pool with { Disarmed = new Disarm($"the annotation {Annotations.Paused} is on the host", TimeSpan.FromHours(1)) } : pool;
        return FailureDetection.Judge(
            signals.Host(of, host), signals.Rest(of, host, [.. ages]), new OperatorSignals(clock.GetElapsedTime(watchingSince), lag, leadership.IsLeader, canWrite), pool.Budgets);
    }

    private void Decide(FailoverPool pool, KvmHost host, DetectionVerdict verdict, List<FailoverOrder> orders, CancellationToken cancellationToken)
    {
        var (view, readings) = View(pool, host, verdict, cancellationToken);
        var decision = HostFailoverPlanner.Next(view);
        foreach (var effect in decision.Effects)
        {
            if (effect is FailoverEffect.RecordHost { Record: { Decided: { } decided, CountsForStorm: true } record } && decided == view.Now)
            {
                convicting[$"{host.Name()}/{record.Id}"] = clock.GetTimestamp();
            }

            if (effect is FailoverEffect.RecordHost { Record: null or { State: FailoverState.Quarantined } } && view.Record is { State: >= FailoverState.Fencing and < FailoverState.Quarantined } open && LeftMarks(pool, host, open) is { Count: > 0 } marks)
            {
                // Its failure is not over while some server still shuts it out, also one that could not prove anything any more.
                orders.AddRange(view.Exclusion.IsCleaned ? marks.Select(server => Order(pool, host, new FailoverEffect.UnfenceStorage(new StorageFence(open.Id, view.Epoch, server.Name, host.Name())), null)) : []);
                continue;
            }

            orders.Add(Order(pool, host, effect, effect is FailoverEffect.EndMove end ? readings.GetValueOrDefault(end.Move.Guest) : null));
        }

        if (decision.Effects.OfType<FailoverEffect.RecordHost>().Any())
        {
            logger.LogInformation("{Host}: {Decision}", host.Name(), decision.Message);
        }

        foreach (var guest in view.Guests)
        {
            // Chosen anew: what guests before this one were given in this turn is taken.
            var reading = readings[guest.Name];
            var now = guest.Place is null ? guest : guest with { Place = Place(reading.Guest, host) };
            var next = GuestRecoveryPlanner.Next(now, view);
            Tell(reading.Guest, guest, next.Message);
            foreach (var effect in next.Effects)
            {
                if (effect is FailoverEffect.RecordGuest { Recovery: { State: RecoveryState.Starting, Target: var target } })
                {
                    gate.Placed(EntityKey.Of(reading.Guest), target);
                }

                orders.Add(Order(pool, host, effect, reading));
            }
        }
    }

    /// <summary>The servers of which this process does not know that they let the host in.</summary>
    private List<PoolServer> LeftMarks(FailoverPool pool, KvmHost host, FailoverRecord record) =>
        [.. pool.Servers.Where(server => server.Managed is not null && MemoryOf(server.Name, host.Name(), record.Id).IsMarked != false)];

    private string? Place(VirtualMachine guest, KvmHost failed) => gate.Choose(() => PlacementPlanner.Choose(GuestPlaces.Guest(guest), places.Hosts(guest).Where(host => host.Name != failed.Name())).Host);

    private void Tell(VirtualMachine guest, FailoverGuest reading, string message)
    {
        var key = EntityKey.Of(guest);
        if (reading.Recovery is { State: RecoveryState.Started } || !news.Told(key, message))
        {
            return;
        }

        wakes.Guest(key);
    }

    private FailoverOrder Order(FailoverPool pool, KvmHost host, FailoverEffect effect, GuestReadings? reading) => new(effect, pool, host)
    {
        Guest = reading?.Guest,
        Revival = reading?.Revival as Revival.Again,
        KeptFolder = reading is { Guest: var guest } && guestStores.Of(guest) is { } ofDisks ? KeptDefinitions.Folder(guest, ofDisks) : null,
        Controls = [.. pool.Hosts.Where(other => other.Name() != host.Name() && other.Status?.Failover is null && signals.IsAnswering(other.Name(), pool.Budgets))],
        Asked = effect is not FailoverEffect.Start || reading is null
            ? []
            : [.. guestHosts.Of(reading.Guest).Where(member => member.Name != host.Name() && !IsShutOut(pool, member.Host) && signals.IsAnswering(member.Name, pool.Budgets)).Select(member => member.Host)],
    };

    // What is known.

    private (FailoverView View, Dictionary<string, GuestReadings> Guests) View(FailoverPool pool, KvmHost host, DetectionVerdict verdict, CancellationToken cancellationToken)
    {
        var view = WithoutGuests(pool, host, verdict);
        var read = new Dictionary<string, GuestReadings>(StringComparer.Ordinal);
        if (view.Record is not { State: >= FailoverState.Fencing and not FailoverState.Quarantined } record)
        {
            return (view, read);
        }

        var name = host.Name();
        var readers = pool.Hosts.Where(other => other.Name() != name && other.Status?.Failover is null && signals.IsAnswering(other.Name(), pool.Budgets)).ToList();
        var ofHost = new List<FailoverGuest>();
        foreach (var guest in failoverGuests.Of(name, record.Id))
        {
            var isHere = guest.Status?.Host == name || guest.Status?.Failover is not null;
            var revival = isHere ? kept.Of(guest, record.Id, readers, cancellationToken) : null;
            read[FailoverGuests.Name(guest)] = new GuestReadings(guest, revival);
            ofHost.Add(failoverGuests.Read(guest, host, revival, other => signals.IsAnswering(other, pool.Budgets), other => IsShutOut(pool, other)));
        }

        return (
            view with
            {
                // The preparation of each peer takes the key out, too; what it did not do yet is done at once.
                Peers = [.. readers.Select(peer => new PeerView(peer.Name(), forgotten.Contains((peer.Name(), name, record.Id)) ? false : null))],
                Moves = [.. Moves(pool, name, read, cancellationToken)],
                Guests = ofHost,
            },
            read);
    }

    private FailoverView WithoutGuests(FailoverPool pool, KvmHost host, DetectionVerdict verdict)
    {
        var name = host.Name();
        var ear = signals.Of(name);
        var isAnswering = signals.IsAnswering(name, pool.Budgets);
        var seen = isAnswering ? observations.Find(name) : null;
        var record = FailoverRecords.Of(host);
        return new FailoverView(name, clock.GetUtcNow(), leadership.Epoch, verdict, pool.Budgets)
        {
            Record = record,
            Failures = [.. (host.Status?.Failures ?? []).Select(failure => new DateTimeOffset(DateTime.SpecifyKind(failure.Decided, DateTimeKind.Utc)))],
            IsAnswering = isAnswering,
            Boot = seen is { BootId.Length: > 0 } ? seen.BootId : null,
            NewlyCleaned = ear.Cleaned,
            Domains = seen is { LibvirtAnswers: true } ? [.. seen.Domains.Where(domain => domain.IsActive).Select(domain => domain.Owner).OfType<OwnerMarker>().Select(owner => $"{owner.Namespace}/{owner.Name}")] : null,
            IsReady = seen is not null && seen.Stores.All(store => store.Answers) && host.Status.IsTrue(CommonConditions.Ready) && host.Status.IsTrue(KvmHostConditions.StoresMounted),
            WellFor = ear.AnswersSince is { } since ? clock.GetElapsedTime(since) : TimeSpan.Zero,
            Servers = [.. pool.Servers.Select(server => View(pool, server, host, record))],
            ConfirmedId = host.GetAnnotation(Annotations.ConfirmPoweredOff) is { } word && word.StartsWith($"{name}/", StringComparison.Ordinal) ? word[(name.Length + 1)..] : null,
            Remedy = HostSilence.Command(name, host.Status) is { } command ? $"If the machine is off, say so: {command}" : string.Empty,
            Busy = tries.Busy,
        };
    }

    private ServerView View(FailoverPool pool, PoolServer server, KvmHost host, FailoverRecord? record)
    {
        var memory = MemoryOf(server.Name, host.Name(), record?.Id ?? string.Empty);

        // What was decided once was admitted then; a server that this process has not heard yet proves nothing before it is, and is not given up. Nor is one that shuts the host out.
        var isAdmitted = record is { State: >= FailoverState.Fencing } && server.Managed is not null && (!servers.IsKnown(server) || memory.IsMarked == true || record.Proofs.Any(proof => proof.Server == server.Name));
        var refusals = isAdmitted ? [] : servers.Refuse(pool, server, host);
        return new ServerView(server.Name, refusals.Count == 0 ? null : string.Join("; ", refusals))
        {
            Boot = signals.BootOf(server),
            NewProof = memory.NewProof,
            ReadAge = memory.ReadAt is { } at ? clock.GetElapsedTime(at) : null,
            IsBroken = memory.IsBroken,
            IsMarked = memory.IsMarked,
        };
    }

    /// <summary>Moves with the failed host that have not ended, as the end that lives tells.</summary>
    private IEnumerable<FailoverMove> Moves(FailoverPool pool, string failed, Dictionary<string, GuestReadings> read, CancellationToken cancellationToken)
    {
        foreach (var move in moves.ListOpen())
        {
            if (move.Status is not { SourceHost: { } source, TargetHost: { } target } status || !VmMigrationPhases.HoldsGuest(status.Phase) || guests.Get(new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name)) is not { } guest)
            {
                continue;
            }

            var arrives = source == failed && signals.IsAnswering(target, pool.Budgets)
                && domains.ByUuid(guest.Identity().Uuid).Any(place => place.Host == target && place.Domain is { PausedByMigration: true, PausedByBrokenPostCopy: false });
            if (arrives || (target == failed && signals.IsAnswering(source, pool.Budgets)))
            {
                read.TryAdd(FailoverGuests.Name(guest), new GuestReadings(guest, kept.Of(guest, string.Empty, [], cancellationToken)));
                yield return new FailoverMove(FailoverGuests.Name(guest), source, target);
            }
        }
    }

    private bool IsShutOut(FailoverPool pool, KvmHost host) =>
        host.Status?.Failover is { State: > HostFailoverState.Fencing } && signals.Of(host.Name()).Verdict is { } verdict && HostFailoverPlanner.IsShutOut(WithoutGuests(pool, host, verdict));

    private ServerMemory MemoryOf(string server, string host, string failure)
    {
        if (!memories.TryGetValue((server, host, failure), out var memory))
        {
            memories[(server, host, failure)] = memory = new ServerMemory();
        }

        return memory;
    }

    // What is done.

    private void Send(FailoverOrder order, CancellationToken cancellationToken)
    {
        var key = order.Effect.Key;
        if (!leadership.IsLeader || !tries.Begin(key))
        {
            return;
        }

        var asked = clock.GetTimestamp();
        logger.LogInformation("{Host}: {Effect} ({Key}) for {Failure}", order.Host.Name(), order.Effect.GetType().Name, key, order.Effect.FailoverId);
        var doing = DoAsync();
        lock (gateOfHeard)
        {
            underWay.Add(doing);
            underWay.RemoveWhere(task => task.IsCompleted);
        }

        async Task DoAsync()
        {
            // Off the thread that decides.
            await Task.Yield();
            EffectResult result;
            try
            {
                result = await executor.DoAsync(order, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                result = EffectResult.Failed("it was given up");
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // Whatever it was, it ended, and may be tried again.
                logger.LogError(exception, "{Key} ended with what nobody expected", key);
                result = EffectResult.Failed(exception.Message);
            }

            Hear(() => Take(order, result, asked));
        }
    }

    /// <summary>Takes in what became of an effect. What was read counts from when it was asked: an answer may have been on its way for long.</summary>
    private void Take(FailoverOrder order, EffectResult result, long asked)
    {
        var isDone = result.IsDone;
        var problem = result.Problem;
        switch (order.Effect)
        {
            case FailoverEffect.RecordHost write:
                convicting.Remove($"{write.Host}/{write.FailoverId}");
                writeFailed = result is { IsDone: false, IsOvertaken: false } ? clock.GetTimestamp() : null;
                isDone = result.IsDone || result.IsOvertaken;
                if (result.IsDone)
                {
                    Recorded(order, write);
                }

                break;
            case FailoverEffect.RecordGuest write:
                gate.Written(EntityKey.Of(order.Guest!));
                writeFailed = result is { IsDone: false, IsOvertaken: false } ? clock.GetTimestamp() : null;
                isDone = result.IsDone || result.IsOvertaken;
                if (result.IsDone)
                {
                    Recorded(order, write);
                }

                break;
            case FailoverEffect.FenceStorage { Fence: var fence }:
                var memory = MemoryOf(fence.Server, fence.Host, fence.FailoverId);
                memory.IsMarked = result.IsDone ? true : memory.IsMarked;
                isDone = TakeReading(order, fence, result, memory, asked, out problem);
                if (isDone)
                {
                    memory.IsBroken = false;
                }

                break;
            case FailoverEffect.VerifyStorage { Fence: var fence } when result.Reading is not null:
                memory = MemoryOf(fence.Server, fence.Host, fence.FailoverId);
                if (!TakeReading(order, fence, result, memory, asked, out problem))
                {
                    // The fence does not hold any more, and is made anew; that is no failed try.
                    (memory.IsBroken, memory.NewProof) = (true, null);
                }

                break;
            case FailoverEffect.UnfenceStorage { Fence: var fence } when result.IsDone:
                MemoryOf(fence.Server, fence.Host, fence.FailoverId).IsMarked = false;
                wakes.Stores(order.Pool);
                break;
            case FailoverEffect.ForgetKey forget when result.IsDone:
                forgotten.Add((forget.Peer, forget.Host, forget.FailoverId));
                break;
            case FailoverEffect.Clean clean when result is { IsDone: true, Boot: { } boot }:
                signals.Of(clean.Host).Cleaned = new CleanedHost(clean.FailoverId, boot);
                break;
            case FailoverEffect.Start start when result.IsLocked:
                foreach (var server in order.Pool.Servers)
                {
                    MemoryOf(server.Name, order.Host.Name(), start.FailoverId).IsBroken = true;
                }

                break;
        }

        tries.End(order.Effect.Key, isDone, order.Pool.Budgets);
        TellProblem(order, isDone ? string.Empty : problem);
    }

    private bool TakeReading(FailoverOrder order, StorageFence fence, EffectResult result, ServerMemory memory, long asked, out string problem)
    {
        problem = result.Problem;
        if (result.Reading is not { } reading)
        {
            return false;
        }

        var isWhole = order.Effect is FailoverEffect.VerifyStorage;
        var read = new FenceReadBack(reading.FailoverId, reading.BootBefore, reading.Boot)
        {
            Exports = reading.Exports,
            CacheEntries = reading.CacheEntries,
            Clients = reading.Clients,
            States = reading.States,
            Expired = reading.Expired,
            HasControl = reading.HasControl,

            // A comparison changes nothing, so that nothing has to settle: the fence that it compares with had.
            IsSettled = reading.IsSettled || isWhole,
            ExportsDigest = reading.ExportsDigest,
        };
        var (proof, lacks) = StorageProofs.Judge(fence, read, IsKnown(order, fence, reading));
        if (proof is null)
        {
            problem = $"{fence.Server} does not prove yet that it is shut out: {string.Join("; ", lacks)}";
            return false;
        }

        // A server whose word was not worth anything when it was looked at has proven nothing, whatever it shows.
        if (order.Pool.Servers.FirstOrDefault(known => known.Name == fence.Server) is not { } server || !servers.IsKnown(server) || servers.Refuse(order.Pool, server, order.Host) is { Count: > 0 })
        {
            problem = $"{fence.Server} could not be shown to be one that can prove it";
            return false;
        }

        memory.ReadAt = asked;
        memory.NewProof = order.Effect is FailoverEffect.FenceStorage ? proof : memory.NewProof;
        return true;
    }

    /// <summary>Whether something else than a healthy host shows that the right server was read (<see cref="StorageProofs.Judge"/>).</summary>
    private bool IsKnown(FailoverOrder order, StorageFence fence, StorageFenceReading reading)
    {
        var record = hosts.Get(new EntityKey(null, fence.Host)) is { } host ? FailoverRecords.Of(host) : null;
        return record?.Id == fence.FailoverId
            && (record.Proofs.Any(proof => proof.Server == fence.Server)
                || (order.Pool.Hosts.All(other => other.Status?.Failover is not null) && order.Pool.Servers.FirstOrDefault(server => server.Name == fence.Server) is { } server && signals.SeenHealthyIn(order.Pool.Name, server) == reading.Boot));
    }

    private void Recorded(FailoverOrder order, FailoverEffect.RecordHost write)
    {
        var before = order.Host.Status?.Failover;
        if (write.Record is { } record && before is not null && record.State.ToString() == before.State.ToString() && (record.Held == HoldReason.None ? null : record.Held.ToString()) == before.Held)
        {
            return;
        }

        admittedAt.Remove(write.Host);
        wakes.Pool(order.Pool, write.Host);
        var reason = write.Record switch
        {
            null => KvmHostReasons.FailoverEnded,
            { State: FailoverState.Fenced } => KvmHostReasons.ShutOut,
            var written => written.State.ToString(),
        };
        var held = write.Record is { State: FailoverState.Held } ? $" ({write.Record.Held})" : string.Empty;
        var seen = write.Record is { Evidence.Count: > 0 } ? $": {string.Join("; ", write.Record.Evidence)}" : string.Empty;
        events.Publish(
            order.Host,
            reason,
            write.Record is null ? "its failure is over" : $"failure {write.Record.Id}: {write.Record.State}{held}{seen}",
            write.Record is null or { State: FailoverState.Returning } ? EventType.Normal : EventType.Warning);
    }

    private void Recorded(FailoverOrder order, FailoverEffect.RecordGuest write)
    {
        var key = EntityKey.Of(order.Guest!);
        wakes.Guest(key);
        wakes.Host(write.Host);
        if (write.Recovery is { State: RecoveryState.Started } started)
        {
            news.Forget(key);
            events.Publish(order.Guest!, VirtualMachineReasons.FailedOver, $"it runs on {started.Target}, since its host {started.From} failed ({started.FailoverId})");
        }
    }

    /// <summary>The same problem is told once.</summary>
    private void TellProblem(FailoverOrder order, string problem)
    {
        var key = order.Effect.Key;
        if (problem.Length == 0)
        {
            problems.Remove(key);
            return;
        }

        if (problems.GetValueOrDefault(key) == problem)
        {
            return;
        }

        problems[key] = problem;
        logger.LogWarning("{Host}: {Key} for {Failure}: {Problem}", order.Host.Name(), key, order.Effect.FailoverId, problem);
        events.Publish(order.Host, KvmHostReasons.FailoverStepFailed, $"failure {order.Effect.FailoverId}, {key}: {problem}. It is tried again.", EventType.Warning);
    }

    // What is told.

    private void TellConditions(FailoverPool pool, KvmHost host, bool isArmed, Disarm? switchedOff, ref int left, CancellationToken cancellationToken)
    {
        var name = host.Name();
        var isShutOut = IsShutOut(pool, host);
        var isNews = isShutOut != host.Status.IsTrue(KvmHostConditions.Fenced) || (!isArmed || switchedOff is not null) != host.Status.IsTrue(KvmHostConditions.Disarmed);
        var isDue = !admittedAt.TryGetValue(name, out var last) || clock.GetElapsedTime(last) >= AdmissionInterval;
        if (!isNews && (!isDue || left-- <= 0))
        {
            return;
        }

        admittedAt[name] = clock.GetTimestamp();
        (IReadOnlyList<string>, IReadOnlyList<string>)? fencing = pool.Servers.All(servers.IsKnown)
            ? ([.. pool.Servers.Select(server => server.Name)], [.. pool.Servers.SelectMany(server => servers.Refuse(pool, server, host)).Distinct(StringComparer.Ordinal)])
            : null;
        var conditions = FailoverConditions.Of(host, fencing, Admit(host), isArmed, switchedOff, isShutOut, clock);
        if (!FailoverConditions.Differ(host.Status?.Conditions ?? [], conditions) || !tries.Begin($"conditions {name}"))
        {
            return;
        }

        _ = WriteAsync();

        async Task WriteAsync()
        {
            await Task.Yield();
            var isWritten = false;
            try
            {
                isWritten = await objects.WriteAsync(host, status => status with { Conditions = conditions }, cancellationToken);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                logger.LogDebug("{Host}: its conditions were not written: {Reason}", name, exception.Message);
            }

            Hear(() =>
            {
                tries.End($"conditions {name}", isDone: true, pool.Budgets);
                if (!isWritten)
                {
                    admittedAt.Remove(name);
                }
            });
        }
    }

    private AdmissionVerdict? Admit(KvmHost host)
    {
        var here = guests.ListBy(GuestIndexes.ByHost, host.Name()).Where(failoverGuests.WouldRestart).ToList();
        return here.Count == 0
            ? new AdmissionVerdict(new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal))
            : FailoverAdmission.Judge(
                here.Select(guest => new FailoverGuestNeed(FailoverGuests.Name(guest), guest.Spec.Availability.Priority, GuestPlaces.Guest(guest))),
                places.Hosts(here[0]).Where(other => other.Name != host.Name()));
    }

    // What others did.

    private void Hear(Action what)
    {
        lock (gateOfHeard)
        {
            heard.Add(what);
            woken.TrySetResult();
        }
    }

    private void TakeHeard()
    {
        List<Action> taken;
        lock (gateOfHeard)
        {
            (taken, heard) = (heard, []);
        }

        foreach (var what in taken)
        {
            what();
        }
    }

    /// <summary>A guest, and what it is made from again as far as that is known.</summary>
    private sealed record GuestReadings(VirtualMachine Guest, Revival? Revival);
}
