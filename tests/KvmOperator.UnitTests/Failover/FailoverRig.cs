using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Failover;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using KvmOperator.Settings;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.Planning.Failover.Simulation;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VirtualMachines.Disks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KvmOperator.UnitTests.Failover;

/// <summary>
/// A pool of two hosts, one server and the guest <c>default/xx</c>, with the product's own loop over fake machines and a fake clock. Whatever is done to them is in <see cref="Done"/>, in order; the operator can be killed before or after
/// any of it, and another one goes on from the objects and the machines alone.
/// </summary>
internal sealed class FailoverRig : IFailoverMachines, IFailoverObjects, IHostObserver, IHostShells, IEventRecorder, ILeadership
{
    public const string ServerBoot = "5a1c1b1e-0d77-4b53-a218-93a24a304f14";
    private const long GibiByte = 1L << 30;

    private static readonly Dictionary<string, string> Addresses = new(StringComparer.Ordinal) { ["node1"] = "192.168.122.100", ["node2"] = "192.168.122.200" };

    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<VirtualMachine> guests = new(GuestIndexes.All);
    private readonly ObjectStore<VmMigration> moves = new(MoveIndexes.All);
    private readonly ObjectStore<V1ConfigMap> maps = new([]);
    private readonly Dictionary<string, Machine> machines = new(StringComparer.Ordinal) { ["node1"] = new Machine(), ["node2"] = new Machine() };
    private readonly List<string> done = [];
    private HostObservations observations = null!;
    private FailoverLoop loop = null!;
    private GuestHosts guestHosts = null!;
    private readonly Lock gate = new();
    private readonly HashSet<string> ended = new(StringComparer.Ordinal);
    private readonly List<(int Turn, long Epoch, Action Do)> late = [];
    private int turn;
    private volatile bool isKilled;
    private int version = 1;

    public FailoverRig(bool isArmed = true)
    {
        foreach (var name in machines.Keys)
        {
            Put(new KvmHost
            {
                Metadata = new V1ObjectMeta { Name = name, Uid = name, Generation = 1 },
                Spec = SpecSamples.Host.Spec with { Address = Addresses[name], MigrationAddress = null, Pool = "default", Mode = HostMode.Active, Fencing = null, Ssh = SpecSamples.Ssh with { Host = null, HostKeys = [] } },
                Status = new KvmHostStatus
                {
                    System = new HostSystem { BootId = machines[name].Boot, MachineId = name, HostName = name },
                    Capacity = new HostCapacity { AllocatableCpus = 8, AllocatableMemoryBytes = 4 * GibiByte },
                    Conditions = [new V1Condition { Type = CommonConditions.Ready, Status = "True" }, new V1Condition { Type = KvmHostConditions.StoresMounted, Status = "True" }],
                },
            });
        }

        var store = SpecSamples.Store;
        store.Metadata = new V1ObjectMeta { Name = "images", Uid = "images" };
        store.Spec = store.Spec with { Pool = "default", NfsVersion = "4.2" };
        store.Status = new NfsStoreStatus { Mounts = [.. machines.Keys.Select(name => new KvmOperator.Api.NfsStores.StoreMount { Host = name, Ready = true })] };
        stores.Put(store, out _);
        PutGuest("xx");
        machines["node1"].Domains["xx"] = DomainState.Running;
        Set(SettingsKeys.ConfigMap, isArmed ? [("failover", "Armed")] : []);
        Start();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>What was done to machines and objects, in order.</summary>
    public IReadOnlyList<string> Done => done;

    public List<string> Events { get; } = [];

    /// <summary>Whose host is shut out on the server, and for which failure.</summary>
    public Dictionary<string, string> Marks { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the server answers.</summary>
    public bool IsServerAlive { get; set; } = true;

    /// <summary>What the server shows of a host that it shut out, when a test has more to say.</summary>
    public Func<StorageFenceReading, StorageFenceReading> Showing { get; set; } = read => read;

    /// <summary>What the server says of what a proof by it depends on.</summary>
    public ServerFacts Facts { get; set; } = new(true, true, GibiByte, "storage");

    /// <summary>The operator is killed before, or after, the effect of this number.</summary>
    public (int Number, bool After)? Kill { get; set; }

    /// <summary>Called before each effect; what it throws is what becomes of the effect.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>What becomes of an effect.</summary>
    public Func<string, EffectOutcome> Fate { get; set; } = _ => EffectOutcome.Done;

    /// <summary>In how many turns an effect is done that is late.</summary>
    public Func<int> Delay { get; set; } = () => 10;

    /// <summary>What broke a rule, whatever the operator believed; empty for a good run.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>How often each guest was started, by host.</summary>
    public List<string> Starts { get; } = [];

    public KvmHost Host(string name) => hosts.Get(new EntityKey(null, name))!;

    public VirtualMachine Guest(string name = "xx") => guests.Get(new EntityKey("default", name))!;

    public HostFailoverState? State(string host = "node1") => Host(host).Status!.Failover?.State;

    public string Condition(string host, string type) => Host(host).Status!.Conditions.FirstOrDefault(condition => condition.Type == type) is { } said ? $"{said.Status} {said.Reason}: {said.Message}" : string.Empty;

    public void PutGuest(string name, string host = "node1", Func<VirtualMachineSpec, VirtualMachineSpec>? change = null) => Put(new VirtualMachine
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name, Generation = 1 },
        Spec = (change ?? (spec => spec))(Given.Spec()),
        Status = new VirtualMachineStatus
        {
            Host = host,
            StartTime = Clock.GetUtcNow().UtcDateTime.AddHours(-1),
            Conditions = [new V1Condition { Type = VirtualMachineConditions.Running, Status = "True", Reason = CommonReasons.AsExpected }],
        },
    });

    public void Run(string host, string guest, DomainState state = DomainState.Running) => machines[host].Domains[guest] = state;

    /// <summary>The host whose failure decides about the guest, as its own controller sees it.</summary>
    public string? DecidedBy(string guest = "xx") => guestHosts.FailedHost(Guest(guest))?.Name();

    /// <summary>Where the guest's own controller sees it.</summary>
    public GuestLocation Locate(string guest = "xx") => guestHosts.Locate(Guest(guest));

    /// <summary>Whether a host is silent.</summary>
    public bool IsSilent(string host) => machines[host].SilentSince is not null;

    /// <summary>The hosts on which a guest runs, also those that stand still with it.</summary>
    public IReadOnlyList<string> Running(string guest = "xx") => [.. machines.Keys.Where(host => Runs(host, guest))];

    /// <summary>The operator's process ends at this moment.</summary>
    public void KillNow() => isKilled = true;

    public bool Runs(string host, string guest = "xx") => machines[host].Domains.GetValueOrDefault(guest) == DomainState.Running;

    /// <summary>Cuts a host's power, or freezes it.</summary>
    public void Silence(string host) => machines[host].SilentSince = Clock.GetTimestamp();

    /// <summary>A host answers again; as another boot with nothing running when it was restarted.</summary>
    public void Answer(string host, bool restarted)
    {
        machines[host].SilentSince = null;
        if (restarted)
        {
            machines[host].Boot = Guid.NewGuid().ToString();
            machines[host].IsMounted = false;
            foreach (var guest in machines[host].Domains.Keys.ToList())
            {
                machines[host].Domains[guest] = DomainState.ShutOff;
            }
        }
    }

    public void Change(string host, Func<KvmHost, KvmHost> change) => Put(change(Host(host).Copy()));

    public void Set(string map, params (string Key, string Value)[] data) => maps.Put(
        new V1ConfigMap
        {
            Metadata = new V1ObjectMeta { Name = map, NamespaceProperty = "kvm-operator", Uid = map, ResourceVersion = Next() },
            Data = data.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal),
        },
        out _);

    /// <summary>Lets time pass with a turn each half second, and the hosts' own controller looking as it does.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(500))
        {
            Clock.Advance(TimeSpan.FromMilliseconds(500));
            await TurnAsync();
        }
    }

    /// <summary>Turns until something is so.</summary>
    public async Task UntilAsync(Func<bool> reached, TimeSpan? patience = null)
    {
        for (var passed = TimeSpan.Zero; !reached(); passed += TimeSpan.FromMilliseconds(500))
        {
            if (passed > (patience ?? TimeSpan.FromMinutes(10)))
            {
                throw new InvalidOperationException($"it was not reached; node1 is {State()}, what was done: {string.Join(", ", done)}; events: {string.Join(" | ", Events)}");
            }

            await PassAsync(TimeSpan.FromMilliseconds(500));
        }
    }

    /// <summary>A new operator, which knows nothing but the objects and what it asks.</summary>
    public void Start()
    {
        isKilled = false;
        Epoch++;
        var index = new DomainIndex();
        var pools = new PoolViews(hosts);
        observations = new HostObservations(this, index, hosts, new HostRig.Wakes<KvmHost>(), new HostRig.Wakes<VirtualMachine>(), HostRig.LookMetrics(), Clock);
        var placing = new PlacementGate(Clock);
        var places = new GuestPlaces(pools, new HostLoads(observations, guests, moves, placing), new StoreAccessView(stores), observations, hosts);
        guestHosts = new GuestHosts(HostRig.Connections(HostRig.Secrets(), this, Clock), new VirshDomains(), observations, index, pools, hosts, new HostRig.Wakes<KvmHost>(), Clock);
        var settings = new OperatorSettings { Namespace = "kvm-operator" };
        var guestStores = new GuestStores(stores);
        loop = new FailoverLoop(
            this,
            this,
            hosts,
            stores,
            guests,
            moves,
            pools,
            observations,
            index,
            guestHosts,
            places,
            placing,
            new FailoverGuests(guests, hosts, index, observations, guestHosts, guestStores, places, new GuestFiles(guests), new FileUsers(guests, stores, hosts, index)),
            guestStores,
            new LiveSettings(maps, settings, this, NullLogger<LiveSettings>.Instance),
            new FailoverDisarm(maps, settings, Clock),
            new FailoverNews(),
            this,
            new FailoverWakes(new HostRig.Wakes<KvmHost>(), new HostRig.Wakes<NfsStore>(), new HostRig.Wakes<VirtualMachine>(), guests),
            this,
            Clock,
            NullLogger<FailoverLoop>.Instance);
    }

    // Leadership.

    public bool IsLeader => !isKilled;

    public CancellationToken Lost => CancellationToken.None;

    public long Epoch { get; private set; }

    public string InstallationId => "one";

    Task ILeadership.WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task<long> ILeadership.RaiseEpochAboveAsync(long seen, CancellationToken cancellationToken) => Task.FromResult(Epoch);

    // Objects.

    Task<bool> IFailoverObjects.WriteAsync(KvmHost read, Func<KvmHostStatus, KvmHostStatus> change, CancellationToken cancellationToken)
    {
        var copy = read.Copy();
        copy.Status = change(copy.Status!);
        var isRecord = copy.Status.Failover?.State != read.Status?.Failover?.State || copy.Status.Failover?.Proofs.Count != read.Status?.Failover?.Proofs.Count || copy.Status.Failover?.CleanedBootId != read.Status?.Failover?.CleanedBootId;
        return !isRecord ? Task.FromResult(Take()) : DoAsync($"record {read.Name()} {copy.Status.Failover?.State.ToString() ?? "over"}", Take);

        bool Take()
        {
            if (Host(read.Name()).ResourceVersion() != read.ResourceVersion())
            {
                return false;
            }

            if (copy.Status!.Failover is { State: HostFailoverState.Fencing } && read.Status?.Failover is not { State: HostFailoverState.Fencing or HostFailoverState.Fenced or HostFailoverState.Recovering or HostFailoverState.Recovered })
            {
                JudgeConviction(read.Name());
            }

            Put(copy);
            return true;
        }
    }

    Task<bool> IFailoverObjects.WriteAsync(VirtualMachine read, Func<VirtualMachineStatus, VirtualMachineStatus> change, CancellationToken cancellationToken)
    {
        var copy = read.Copy();
        copy.Status = change(copy.Status!);
        return DoAsync($"record {read.Name()} {(copy.Status.Failover is null ? "on" : "to")} {copy.Status.Host}", () =>
        {
            if (Guest(read.Name()).ResourceVersion() != read.ResourceVersion())
            {
                return false;
            }

            Put(copy);
            return true;
        });
    }

    // Machines.

    TimeSpan? IFailoverMachines.Silence(string host) => machines[host].SilentSince is { } since ? Clock.GetElapsedTime(since) : TimeSpan.Zero;

    Task<bool> IFailoverMachines.AnswersAsync(KvmHost host, CancellationToken cancellationToken) => Task.FromResult(machines[host.Name()].SilentSince is null);

    Task<bool> IFailoverMachines.AnswersAsync(NfsStore server, CancellationToken cancellationToken) => Task.FromResult(IsServerAlive);

    Task<HostProbe> IFailoverMachines.LookAsync(KvmHost vantage, KvmHost host, int tries, CancellationToken cancellationToken) => Looked(machines[vantage.Name()].SilentSince is null, host.Name(), tries);

    Task<HostProbe> IFailoverMachines.LookAsync(NfsStore vantage, KvmHost host, int tries, CancellationToken cancellationToken) => Looked(IsServerAlive, host.Name(), tries);

    (ServerBeat Beat, TimeSpan Age)? IFailoverMachines.Hear(NfsStore server) => !IsServerAlive
        ? null
        : (new ServerBeat(
            1,
            ServerBoot,
            TimeSpan.FromHours(1),
            IsServing: true,
            [.. machines.Where(pair => pair.Value.IsMounted && !Marks.ContainsKey(pair.Key)).Select(pair => new NfsClientLease(pair.Key, Addresses[pair.Key], pair.Key, true, pair.Value.SilentSince is { } since ? Clock.GetElapsedTime(since) : TimeSpan.Zero))],
            1,
            [.. Addresses.Values.Select(address => new ServerExport("/srv/images", address, "rw"))]), TimeSpan.Zero);

    Task<ServerFacts> IFailoverMachines.ReadFactsAsync(NfsStore server, CancellationToken cancellationToken) => IsServerAlive ? Task.FromResult(Facts) : throw Away("storage");

    Task<StorageFenceReading> IFailoverMachines.FenceAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken) => DoAsync($"fence {order.Host}", () =>
    {
        Ask(IsServerAlive && !ended.Contains($"{order.Host}/{order.FailoverId}"), "storage");
        Marks[order.Host] = order.FailoverId;
        return Read(order);
    });

    Task<StorageFenceReading> IFailoverMachines.VerifyAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken) => IsServerAlive ? Task.FromResult(Read(order)) : throw Away("storage");

    Task IFailoverMachines.UnfenceAsync(NfsStore server, StorageFenceOrder order, CancellationToken cancellationToken) => DoAsync($"unfence {order.Host}", () =>
    {
        Ask(IsServerAlive && (!Marks.TryGetValue(order.Host, out var failure) || failure == order.FailoverId), "storage");
        ended.Add($"{order.Host}/{order.FailoverId}");
        if (Marks.ContainsKey(order.Host) && machines[order.Host].Domains.ContainsValue(DomainState.Running))
        {
            Violations.Add($"{order.Host} is let in with an old guest running");
        }

        return Marks.Remove(order.Host);
    });

    Task IFailoverMachines.ForgetKeyAsync(KvmHost peer, string host, CancellationToken cancellationToken) => DoAsync($"forget {host} on {peer.Name()}", () => true);

    Task<bool> IFailoverMachines.AbortMoveAsync(KvmHost source, DomainIdentity guest, CancellationToken cancellationToken) => DoAsync($"abort {guest.Name} on {source.Name()}", () => true);

    Task<bool> IFailoverMachines.EndArrivalAsync(KvmHost target, DomainIdentity guest, CancellationToken cancellationToken) => DoAsync($"end arrival of {guest.Name} on {target.Name()}", () => machines[target.Name()].Domains.Remove(guest.Name));

    Task<KeptGuest?> IFailoverMachines.ReadKeptAsync(KvmHost host, string folder, CancellationToken cancellationToken) => Task.FromResult(Kept(folder.Split('/').First(part => part.Contains('_', StringComparison.Ordinal)).Split('_')[1]));

    /// <summary>What is kept of a guest.</summary>
    public Func<string, KeptGuest?> Kept { get; set; } = KeptOf;

    /// <summary>What is kept of a guest when all is well.</summary>
    public static KeptGuest KeptOf(string name) => new(
        $"<domain type='kvm'><name>default_{name}</name><uuid>{new DomainIdentity("default", name).Uuid}</uuid><metadata>{new OwnerMarker("default", name).ToXml()}</metadata><memory>262144</memory><os><type>hvm</type></os><devices/></domain>",
        null,
        false);

    Task IFailoverMachines.DefineAsync(KvmHost host, DomainIdentity guest, KeptDefinition definition, string? tpmFolder, CancellationToken cancellationToken) =>
        DoAsync($"define {guest.Name} on {host.Name()}", () =>
        {
            Ask(!IsSilent(host.Name()), host.Name());
            return machines[host.Name()].Domains.TryAdd(guest.Name, DomainState.ShutOff);
        });

    async Task IFailoverMachines.ObserveAsync(KvmHost host, CancellationToken cancellationToken) => await LookAsync(host.Name());

    Task<DomainState?> IFailoverMachines.ReadStateAsync(KvmHost host, DomainIdentity guest, CancellationToken cancellationToken) =>
        machines[host.Name()].SilentSince is null ? Task.FromResult<DomainState?>(machines[host.Name()].Domains.TryGetValue(guest.Name, out var state) ? state : null) : throw Away(host.Name());

    Task IFailoverMachines.StartAsync(KvmHost host, DomainIdentity guest, CancellationToken cancellationToken) => DoAsync($"start {guest.Name} on {host.Name()}", () =>
    {
        Ask(!IsSilent(host.Name()) && machines[host.Name()].Domains.ContainsKey(guest.Name), host.Name());
        JudgeStart(guest.Name, host.Name());
        Starts.Add($"{guest.Name} on {host.Name()}");
        machines[host.Name()].Domains[guest.Name] = DomainState.Running;
        return true;
    });

    Task IFailoverMachines.DestroyAsync(KvmHost host, CancellationToken cancellationToken) => DoAsync($"destroy on {host.Name()}", () =>
    {
        Ask(!IsSilent(host.Name()), host.Name());
        foreach (var guest in machines[host.Name()].Domains.Keys.ToList())
        {
            machines[host.Name()].Domains[guest] = DomainState.ShutOff;
        }

        return true;
    });

    Task<string> IFailoverMachines.CleanAsync(KvmHost host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken) => DoAsync($"clean {host.Name()}", () =>
    {
        Ask(!IsSilent(host.Name()), host.Name());
        machines[host.Name()].Domains.Clear();
        machines[host.Name()].IsMounted = false;
        return machines[host.Name()].Boot;
    });

    // What else is asked of a rig.

    Task<HostObservation> IHostObserver.ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken)
    {
        var machine = machines[host.Name];
        return machine.SilentSince is not null
            ? throw Away(host.Name)
            : Task.FromResult(Given.Host([.. machine.Domains.Select(pair => Given.Domain(pair.Value, owner: new OwnerMarker("default", pair.Key), name: $"default_{pair.Key}") with { Uuid = new DomainIdentity("default", pair.Key).Uuid })]) with
            {
                BootId = machine.Boot, Stores = [new StoreProbe("/var/lib/libvirt/images", machine.IsMounted, 100 * GibiByte, 50 * GibiByte, string.Empty)], Networks = ["default"],
            });
    }

    void IHostObserver.Listen(HostTold told)
    {
    }

    ValueTask IHostObserver.ForgetAsync(string host) => ValueTask.CompletedTask;

    Task<HostFacts> IHostObserver.ReadFactsAsync(IHostShell host, CancellationToken cancellationToken) => throw new NotSupportedException();

    IHostShell IHostShells.Get(HostConnectionSettings settings) => throw new NotSupportedException();

    ValueTask IHostShells.ForgetAsync(string name) => throw new NotSupportedException();

    ValueTask IHostShells.CloseAllAsync() => throw new NotSupportedException();

    void IEventRecorder.Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type) => Events.Add($"{entity.Name()} {reason}: {message}");

    void IEventRecorder.Publish(V1ObjectReference regarding, string reason, string message, EventType type) => throw new NotSupportedException();

    private static HostUnreachableException Away(string machine) => new(machine, "no answer", commandMayHaveRun: false);

    private Task<HostProbe> Looked(bool isWell, string host, int tries) =>
        !isWell ? throw Away("vantage") : Task.FromResult(machines[host].SilentSince is null ? new HostProbe(true, 0, false) : new HostProbe(false, tries, false));

    private StorageFenceReading Read(StorageFenceOrder order) => Showing(new StorageFenceReading(ServerBoot, ServerBoot)
    {
        FailoverId = Marks.GetValueOrDefault(order.Host, string.Empty), HasControl = order.Controls.Count > 0, IsSettled = true, Expired = ["7"],
    });

    /// <summary>An effect: a moment at which the operator may be killed.</summary>
    private Task<T> DoAsync<T>(string what, Func<T> effect)
    {
        // One after the other, so that each has its number.
        lock (gate)
        {
            if (!IsLeader)
            {
                throw new OperationCanceledException("this operator is no more");
            }

            Before(what);
            DieIf(new(done.Count, false));
            switch (Fate(what))
            {
                case EffectOutcome.NotDone:
                    throw Away("nobody");
                case EffectOutcome.DoneLate:
                    late.Add((turn + Delay(), what.StartsWith("record", StringComparison.Ordinal) ? 0 : Epoch, () => effect()));
                    throw Away("nobody");
                case EffectOutcome.DoneAnswerLost:
                    effect();
                    done.Add(what);
                    throw Away("nobody");
            }

            var result = effect();
            done.Add(what);
            DieIf(new(done.Count - 1, true));
            return Task.FromResult(result);
        }
    }

    /// <summary>What was late is done now, unless its machine has heard a later leader since; the API server takes what fits the object's version, whoever sends it.</summary>
    private void DoLate()
    {
        foreach (var one in late.Where(one => one.Turn <= turn).ToList())
        {
            late.Remove(one);
            try
            {
                if (one.Epoch == 0 || one.Epoch == Epoch)
                {
                    one.Do();
                }
            }
            catch (HostException)
            {
                // Its machine does not take it any more.
            }
        }
    }

    private static void Ask(bool does, string machine)
    {
        if (!does)
        {
            throw Away(machine);
        }
    }

    /// <summary>The budget, less the second between two beats and what two turns take.</summary>
    private void JudgeConviction(string host)
    {
        if (machines[host].SilentSince is not { } since || Clock.GetElapsedTime(since) < TimeSpan.FromSeconds(8))
        {
            Violations.Add($"{host} is convicted, and was not silent for long enough");
        }
    }

    private void DieIf((int Number, bool After) moment)
    {
        if (Kill == moment)
        {
            Kill = null;
            isKilled = true;
            throw new OperationCanceledException("killed");
        }
    }

    /// <summary>One turn of the operator; another one takes over when it was killed.</summary>
    private async Task TurnAsync()
    {
        foreach (var name in machines.Keys)
        {
            await LookAsync(name);
        }

        turn++;
        DoLate();
        Follow();
        OneThread.Run(() => loop.Tick(CancellationToken.None));
        await Task.WhenAll(loop.UnderWay);
        if (!IsLeader)
        {
            Start();
        }
    }

    /// <summary>The hosts' controller: looks, and has a host that was let in mount its store.</summary>
    private async Task LookAsync(string name)
    {
        if (machines[name].SilentSince is not null)
        {
            observations.Lost(name);
            return;
        }

        await observations.LookAsync(name, new NamedShell(name), [], CancellationToken.None);
    }

    private void Follow()
    {
        foreach (var (name, machine) in machines)
        {
            var host = Host(name);
            if (machine.SilentSince is null && !machine.IsMounted && !Marks.ContainsKey(name) && !FailedHosts.IsShutOut(host, machine.Boot))
            {
                machine.IsMounted = true;
            }
        }

        foreach (var guest in guests.List())
        {
            Keep(guest);
        }
    }

    /// <summary>The guests' controller: one that is off at home, and nobody else's to start, is started there.</summary>
    private void Keep(VirtualMachine guest)
    {
        var (name, home) = (guest.Name(), guest.Status!.Host!);
        var isHome = machines[home].Domains.ContainsKey(name) || machines.Values.All(machine => machine.SilentSince is null);
        if (isHome && !IsSilent(home) && machines[home].IsMounted && guestHosts.FailedHost(guest) is null && FailedHosts.Refuse(Host(home)) is null
            && !machines.Any(machine => machine.Value.SilentSince is null && machine.Value.Domains.GetValueOrDefault(name) == DomainState.Running) && guest.Spec.RunStrategy != RunStrategy.Halted)
        {
            JudgeStart(name, home);
            machines[home].Domains[name] = DomainState.Running;
        }
    }

    private void JudgeStart(string guest, string host)
    {
        if (Running(guest).FirstOrDefault(other => other != host && !Marks.ContainsKey(other)) is { } writer)
        {
            Violations.Add($"{guest} is started on {host} while {writer} has it and may write");
        }
    }

    private void Put(KvmHost host)
    {
        host.Metadata.ResourceVersion = Next();
        hosts.Put(host, out _);
    }

    private void Put(VirtualMachine guest)
    {
        guest.Metadata.ResourceVersion = Next();
        guests.Put(guest, out _);
    }

    private string Next() => (++version).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A machine as it really is.</summary>
    private sealed class Machine
    {
        public string Boot { get; set; } = Guid.NewGuid().ToString();

        public long? SilentSince { get; set; }

        public bool IsMounted { get; set; } = true;

        public Dictionary<string, DomainState> Domains { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>Whatever is begun in a turn goes on in it, one after the other in the same order each time: a run can be repeated.</summary>
    private sealed class OneThread : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> posted = new();

        public static void Run(Action begin)
        {
            var (before, own) = (Current, new OneThread());
            SetSynchronizationContext(own);
            try
            {
                begin();
                while (own.posted.TryDequeue(out var next))
                {
                    next.Callback(next.State);
                }
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }

        public override void Post(SendOrPostCallback d, object? state) => posted.Enqueue((d, state));
    }

    private sealed record NamedShell(string Name) : IHostShell
    {
        public HostKey? HostKey => null;

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
