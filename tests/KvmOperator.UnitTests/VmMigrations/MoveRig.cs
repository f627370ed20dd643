using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Settings;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Verification;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>The controller and the finalizer of moves with fake hosts, a fake clock, and an API server that takes every status. The guest <c>xx</c> runs on node1 of three hosts.</summary>
internal sealed class MoveRig : IHostShells, IEventRecorder, IDisposable
{
    private const long GibiByte = 1L << 30;

    private readonly StatusBaselines baselines = new();
    private readonly Kubernetes kubernetes;
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<VirtualMachine> guests = new(GuestIndexes.All);
    private readonly ObjectStore<VmMigration> moves = new(MoveIndexes.All);
    private readonly HostObservations observations;
    private readonly DomainIndex domains = new();
    private readonly PoolViews pools;
    private readonly GuestPlaces places;
    private readonly PlacementGate gate;
    private readonly EntityClient client;
    private readonly StatusWriter<VmMigration> writer;

    public MoveRig()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, Api);
        Settings = new LiveSettings(new ObjectStore<V1ConfigMap>([]), new OperatorSettings(), this, NullLogger<LiveSettings>.Instance);
        client = new EntityClient(kubernetes, Clock);
        writer = new StatusWriter<VmMigration>(client, moves, baselines, Clock);
        observations = new HostObservations(Pair, domains, hosts, new HostRig.Wakes<KvmHost>(), new HostRig.Wakes<VirtualMachine>(), HostRig.LookMetrics(), Clock);
        gate = new PlacementGate(Clock);
        pools = new PoolViews(hosts);
        places = new GuestPlaces(pools, new HostLoads(observations, guests, moves, gate), new StoreAccessView(stores), observations, hosts);
        Pair.Domains["node1"] = Given.Domain(DomainState.Running);
        Pair.Domains["node3"] = null;
        Pair.Job = KvmOperator.Hosts.Jobs.JobState.Missing;
        foreach (var name in Pair.Domains.Keys)
        {
            hosts.Put(Host(name), out _);
        }

        var store = SpecSamples.Store;
        store.Status = new NfsStoreStatus { Mounts = [.. Pair.Domains.Keys.Select(name => new StoreMount { Host = name, Ready = true })] };
        stores.Put(store, out _);
        guests.Put(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default", Uid = "xx" }, Spec = Given.Spec(), Status = new VirtualMachineStatus { Host = "node1" } }, out _);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The hosts, which are fakes.</summary>
    public FakePair Pair { get; } = new();

    public List<string> Events { get; } = [];

    /// <summary>What the API server was asked to change.</summary>
    public StatusApi Api { get; } = new();

    /// <summary>Lets a placement know of a guest before the store does.</summary>
    public PlacementGate Gate => gate;

    /// <summary>A move of the guest that was created now.</summary>
    public VmMigration Move(string name = "move", string? target = null, int timeoutSeconds = 3600) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name, CreationTimestamp = Clock.GetUtcNow().UtcDateTime },
        Spec = new VmMigrationSpec { VirtualMachineRef = SpecSamples.Named("xx"), TargetHostRef = target is null ? null : SpecSamples.Named(target), TimeoutSeconds = timeoutSeconds },
    };

    /// <summary>The same, under way from node1 to node2 since now.</summary>
    public VmMigration Begun(VmMigrationPhase phase, int timeoutSeconds = 3600)
    {
        var move = Move(target: "node2", timeoutSeconds: timeoutSeconds);
        move.Status = new VmMigrationStatus { Phase = phase, SourceHost = "node1", TargetHost = "node2", StartTime = Clock.GetUtcNow().UtcDateTime };
        return move;
    }

    public void Add(VmMigration move, int version = 0)
    {
        move.Metadata.ResourceVersion = version == 0 ? null : version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        moves.Put(move, out _);
    }

    public void Add(VirtualMachine guest) => guests.Put(guest, out _);

    /// <summary>The settings, all as they are by default.</summary>
    public LiveSettings Settings { get; }

    /// <summary>The guest's object is made anew, as on an empty cluster.</summary>
    public void RecreateGuest()
    {
        var guest = guests.Remove(new EntityKey("default", "xx"))!;
        guest.Metadata.Uid = "made anew";
        guests.Put(guest, out _);
    }

    /// <summary>Changes a host as its object describes it.</summary>
    public void Change(string name, Func<KvmHost, KvmHost> change)
    {
        var host = hosts.Remove(new EntityKey(null, name))!;
        hosts.Put(change(host), out _);
    }

    /// <summary>Changes the guest as its object describes it.</summary>
    public void ChangeGuest(Func<VirtualMachineSpec, VirtualMachineSpec> change)
    {
        var guest = guests.Remove(new EntityKey("default", "xx"))!;
        guest.Spec = change(guest.Spec);
        guests.Put(guest, out _);
    }

    /// <summary>Looks at all hosts that can be asked.</summary>
    public async Task SeeAsync(CancellationToken cancellationToken)
    {
        foreach (var name in Pair.Domains.Keys.Except(Pair.Gone, StringComparer.Ordinal))
        {
            if (Pair.Silent.Contains(name))
            {
                observations.Lost(name);
            }
            else
            {
                await observations.LookAsync(name, await Pair.ShellAsync(name, cancellationToken), [], cancellationToken);
            }
        }
    }

    /// <summary>One pass of the controller; answers the move with the status that was written, which the store shows from then on.</summary>
    public async Task<VmMigration> ReconcileAsync(VmMigration move, CancellationToken cancellationToken)
    {
        var copy = baselines.PrivateCopyOf(move);
        await Controller().ReconcileAsync(copy, cancellationToken);
        Keep(copy);
        return copy;
    }

    private VmMigrationController Controller()
    {
        var verification = new MigrationVerification(Pair, Pair, Pair, NullLogger<MigrationVerification>.Instance);
        var guestHosts = new GuestHosts(HostRig.Connections(HostRig.Secrets(), this, Clock), new VirshDomains(), observations, domains, pools, hosts, new HostRig.Wakes<KvmHost>(), Clock);
        var run = new MigrationRun(Pair, Pair);
        return new VmMigrationController(
            new MigrationStart(run, verification, Settings, guestHosts, Pair, Pair, observations, moves, guests, pools, places, gate, Clock),
            run,
            new MigrationEnd(Pair, verification),
            new MigrationRetention(client, moves, Clock),
            moves,
            guests,
            writer,
            this,
            NullLogger<VmMigrationController>.Instance,
            Clock);
    }

    /// <summary>One pass of the controller; answers when the next one is due.</summary>
    public async Task<TimeSpan?> NextAsync(VmMigration move, CancellationToken cancellationToken) =>
        (await Controller().ReconcileAsync(baselines.PrivateCopyOf(move), cancellationToken)).RequeueAfter;

    /// <summary>Passes of the controller until the move is in one of these phases.</summary>
    public async Task<VmMigration> ReconcileAsync(VmMigration move, CancellationToken cancellationToken, params VmMigrationPhase[] until)
    {
        for (var pass = 0; pass < 10; pass++)
        {
            move = await ReconcileAsync(move, cancellationToken);
            if (move.Status?.Phase is { } phase && until.Contains(phase))
            {
                return move;
            }
        }

        throw new InvalidOperationException($"the move stays {move.Status?.Phase}: {Said(move)}");
    }

    /// <summary>One pass of the finalizer; answers the move with the status that was written, and whether it may go.</summary>
    public async Task<(VmMigration Move, bool Gone)> FinalizeAsync(VmMigration move, CancellationToken cancellationToken)
    {
        var copy = baselines.PrivateCopyOf(move);
        var verification = new MigrationVerification(Pair, Pair, Pair, NullLogger<MigrationVerification>.Instance);
        var finalizer = new VmMigrationFinalizer(Pair, verification, Pair, Pair, guests, writer, this, Clock);
        var result = await finalizer.FinalizeAsync(copy, cancellationToken);
        Keep(copy);
        return (copy, result is { IsSuccess: true, RequeueAfter: null });
    }

    /// <summary>What is said of a move, as <c>Status Reason: message</c>.</summary>
    public static string Said(VmMigration move, string type = CommonConditions.Succeeded) =>
        move.Status?.Conditions.FirstOrDefault(condition => condition.Type == type) is { } condition ? $"{condition.Status} {condition.Reason}: {condition.Message}" : string.Empty;

    public void Dispose() => kubernetes.Dispose();

    IHostShell IHostShells.Get(HostConnectionSettings settings) => throw new NotSupportedException();

    ValueTask IHostShells.ForgetAsync(string name) => throw new NotSupportedException();

    ValueTask IHostShells.CloseAllAsync() => throw new NotSupportedException();

    void IEventRecorder.Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type) => Events.Add($"{entity.Kind} {type} {reason}: {message}");

    void IEventRecorder.Publish(V1ObjectReference regarding, string reason, string message, EventType type) => throw new NotSupportedException();

    private static KvmHost Host(string name)
    {
        var host = HostRig.Host(name);
        host.Spec = host.Spec with { Pool = "default", Mode = HostMode.Active };
        host.Status = new KvmHostStatus
        {
            Capacity = new HostCapacity { AllocatableCpus = 8, AllocatableMemoryBytes = GibiByte },
            Conditions = [new V1Condition { Type = CommonConditions.Ready, Status = "True" }],
        };
        return host;
    }

    private void Keep(VmMigration move)
    {
        moves.Remove(EntityKey.Of(move));
        moves.Put(move, out _);
    }
}
