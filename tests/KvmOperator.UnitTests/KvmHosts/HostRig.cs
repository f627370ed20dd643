using k8s;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.KvmHosts;
using KvmOperator.KvmHosts.Draining;
using KvmOperator.KvmHosts.Relief;
using KvmOperator.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Settings;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.VirtualMachines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>The controller and the finalizer of hosts with a fake machine, a fake clock, and an API server that holds one Secret and takes every status.</summary>
internal sealed class HostRig : IHostObserver, IHostPreparation, IPeerIdentities, IHostShells, IHostShell, IEventRecorder, IDisposable
{
    private readonly StatusBaselines baselines = new();
    private readonly Kubernetes kubernetes;
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<VirtualMachine> guests = new(GuestIndexes.All);
    private readonly ObjectStore<VmMigration> moves = new(MoveIndexes.All);
    private readonly ObjectStore<VmwareImport> imports = new(ImportIndexes.All);
    private readonly DomainIndex domains = new();
    private readonly PoolViews pools;
    private readonly HostLoads loads;
    private readonly LoadTracks tracks;
    private readonly StoreAccessView access;
    private readonly PlacementGate gate;
    private readonly EntityClient client;
    private readonly ObjectStore<V1Secret> secrets = new([]);
    private int secretVersion;
    private readonly MachineConnections connections;
    private readonly HostMemory memory;
    private readonly StatusWriter<KvmHost> writer;

    public HostRig()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, Api);
        client = new EntityClient(kubernetes, Clock);
        connections = Connections(secrets, this, Clock);
        Password = "secret";
        memory = new HostMemory(Clock);
        pools = new PoolViews(hosts);
        Observations = new HostObservations(this, domains, hosts, WokenHosts, new Wakes<VirtualMachine>(), LookMetrics(), Clock);
        tracks = new LoadTracks(Clock);
        access = new StoreAccessView(stores);
        gate = new PlacementGate(Clock);
        loads = new HostLoads(Observations, guests, moves, gate);
        Settings = new LiveSettings(new ObjectStore<V1ConfigMap>([]), new OperatorSettings(), this, NullLogger<LiveSettings>.Instance);
        writer = new StatusWriter<KvmHost>(client, hosts, baselines, Clock);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public HostObservations Observations { get; }

    /// <summary>What was written to the API server.</summary>
    public StatusApi Api { get; } = new();

    /// <summary>The settings, all as they are by default.</summary>
    public LiveSettings Settings { get; }

    public Wakes<KvmHost> WokenHosts { get; } = new();

    public List<string> Events { get; } = [];

    /// <summary>What a look finds, or throws.</summary>
    public Func<IReadOnlyList<string>, HostObservation> Look { get; set; } = _ => Given.Host();

    /// <summary>What the machine says of itself.</summary>
    public HostFacts Facts { get; set; } = new("Debian", "6.1", "9.0.0", "7.2", "CPU", "x86_64", "0123456789abcdef0123456789abcdef");

    /// <summary>What a preparation finds, or throws.</summary>
    public Func<HostPlan, IReadOnlyList<StepReport>> Prepare { get; set; } = _ => [];

    /// <summary>The status that was written last.</summary>
    public string? Written => Api.Writes.LastOrDefault();

    public int Preparations { get; private set; }

    /// <summary>How many steps are told of before a preparation is cut off.</summary>
    public int Told { get; set; } = int.MaxValue;

    /// <summary>The steps of the last preparation.</summary>
    public IReadOnlySet<PreparationStep> Due { get; private set; } = new HashSet<PreparationStep>();

    /// <summary>When the last pass wants the next one.</summary>
    public TimeSpan? Again { get; private set; }

    public int Removals { get; private set; }

    /// <summary>What the Secret holds as password and as passphrase.</summary>
    public string Password
    {
        set => Put(secrets, value, ++secretVersion);
    }

    /// <summary>Takes the Secret away.</summary>
    public void WithoutSecret() => secrets.Remove(new EntityKey("kvm-operator", SpecSamples.Ssh.CredentialsSecretRef.Name));

    /// <summary>What the machine was last connected to with.</summary>
    public HostCredentials? Credentials { get; private set; }

    /// <summary>Whether the machine has libvirt.</summary>
    public bool HasLibvirt { get; set; } = true;

    string IHostShell.Name => "node1";

    /// <summary>The key that the machine showed.</summary>
    public HostKey? HostKey { get; set; } = HostKey.Parse(SpecSamples.HostKey);

    public static KvmHost Host(string name = "node1") => new()
    {
        Metadata = new V1ObjectMeta { Name = name, Uid = name, Generation = 1 },
        Spec = SpecSamples.Host.Spec with { MigrationAddress = null, Ssh = SpecSamples.Ssh with { HostKeys = [] } },
    };

    /// <summary>The way to fake machines.</summary>
    public static MachineConnections Connections(IEntityStore<V1Secret> ofMachines, IHostShells machines, TimeProvider clock) => new(
        new CredentialStore(ofMachines, new OperatorSettings { Namespace = "kvm-operator" }), machines, new NoGuard(), new ShellMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), clock);

    /// <summary>A count of looks that nobody reads.</summary>
    public static LookMetrics LookMetrics() => new(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()));

    /// <summary>The Secret that all machines name.</summary>
    public static ObjectStore<V1Secret> Secrets()
    {
        var one = new ObjectStore<V1Secret>([]);
        Put(one, "secret", 1);
        return one;
    }

    public void Add(KvmHost host) => hosts.Put(host, out _);

    public void Add(VmMigration move) => moves.Put(move, out _);

    public void Add(VmwareImport import) => imports.Put(import, out _);

    public void Add(VirtualMachine guest) => guests.Put(guest, out _);

    public void Add(NfsStore store) => stores.Put(store, out _);

    /// <summary>Looks at another host.</summary>
    public async Task SeeAsync(string name, HostObservation seen, CancellationToken cancellationToken)
    {
        var look = Look;
        Look = _ => seen;
        await Observations.LookAsync(name, this, [], cancellationToken);
        Look = look;
    }

    /// <summary>An object is gone.</summary>
    public void Remove(VmMigration move) => moves.Remove(EntityKey.Of(move));

    /// <summary>One pass of the controller; answers the host with the status that was written.</summary>
    public async Task<KvmHost> ReconcileAsync(KvmHost host, CancellationToken cancellationToken)
    {
        var copy = baselines.PrivateCopyOf(host);
        Again = (await Controller().ReconcileAsync(copy, cancellationToken)).RequeueAfter;
        return copy;
    }

    /// <summary>One pass of the finalizer; answers the host with the status that was written, and whether it may go.</summary>
    public async Task<(KvmHost Host, bool Gone)> FinalizeAsync(KvmHost host, CancellationToken cancellationToken)
    {
        var copy = baselines.PrivateCopyOf(host);
        var finalizer = new KvmHostFinalizer(
            connections, this, Observations, memory, stores, moves, imports, domains, writer, this, Clock, NullLogger<KvmHostFinalizer>.Instance);
        var result = await finalizer.FinalizeAsync(copy, cancellationToken);
        return (copy, result is { IsSuccess: true, RequeueAfter: null });
    }

    public Task DeletedAsync(KvmHost host, CancellationToken cancellationToken) => Controller().DeletedAsync(host, cancellationToken);

    public void Dispose() => kubernetes.Dispose();

    Task<HostObservation> IHostObserver.ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken) => Task.FromResult(Look(mountPaths));

    void IHostObserver.Listen(HostTold told)
    {
    }

    ValueTask IHostObserver.ForgetAsync(string host) => ValueTask.CompletedTask;

    Task<HostFacts> IHostObserver.ReadFactsAsync(IHostShell host, CancellationToken cancellationToken) => Task.FromResult(Facts);

    /// <summary>Steps of which a test says nothing are ready.</summary>
    async Task<IReadOnlyList<StepReport>> IHostPreparation.RunAsync(IHostShell host, HostPlan plan, IReadOnlySet<PreparationStep> due, Func<StepReport, Task> told, CancellationToken cancellationToken)
    {
        Preparations++;
        Due = due;
        var reports = Prepare(plan).Where(report => due.Contains(report.Step)).ToList();
        foreach (var report in reports.Take(Told))
        {
            await told(report);
        }

        return Told < reports.Count
            ? throw new OperationCanceledException("cut off")
            : [.. due.Except(reports.Select(report => report.Step)).Select(step => new StepReport(step, new StepState(StepStatus.Ready, "well"), Mended: null)).Concat(reports).OrderBy(report => report.Step)];
    }

    Task IHostPreparation.RemoveAsync(IHostShell host, CancellationToken cancellationToken)
    {
        Removals++;
        return Task.CompletedTask;
    }

    Task<PeerIdentity> IPeerIdentities.EnsureAsync(IHostShell host, CancellationToken cancellationToken) => Task.FromResult(new PeerIdentity("ssh-ed25519 AAAA", [SpecSamples.HostKey]));

    IHostShell IHostShells.Get(HostConnectionSettings settings)
    {
        Credentials = settings.Credentials;
        return this;
    }

    ValueTask IHostShells.ForgetAsync(string name) => ValueTask.CompletedTask;

    ValueTask IHostShells.CloseAllAsync() => ValueTask.CompletedTask;

    Task<CommandResult> IHostShell.RunAsync(RemoteCommand command, CancellationToken cancellationToken) =>
        Task.FromResult(new CommandResult(HasLibvirt ? 0 : 1, null, default, default, TimeSpan.Zero));

    Task<IHostChannel> IHostShell.OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    void IEventRecorder.Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type) => Events.Add($"{type} {reason}: {message}");

    void IEventRecorder.Publish(V1ObjectReference regarding, string reason, string message, EventType type) => throw new NotSupportedException();

    private static void Put(ObjectStore<V1Secret> store, string password, int version) => store.Put(
        new V1Secret
        {
            Metadata = new V1ObjectMeta
            {
                Name = SpecSamples.Ssh.CredentialsSecretRef.Name, NamespaceProperty = "kvm-operator", Uid = "secret", ResourceVersion = version.ToString(System.Globalization.CultureInfo.InvariantCulture),
            },
            Data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["password"] = System.Text.Encoding.UTF8.GetBytes(password), ["passphrase"] = System.Text.Encoding.UTF8.GetBytes(password) },
        },
        out _);

    private KvmHostController Controller() => new(
        connections, this, this, this, hosts, pools, stores, guests, WokenHosts, new Wakes<NfsStore>(), memory, Observations, domains, loads, Drain(), Relief(), writer, this, Clock, NullLogger<KvmHostController>.Instance);

    private HostRelief Relief() => new(
        tracks, new ReliefReading(pools, new GuestPlaces(pools, loads, access, Observations, hosts), tracks, guests, moves, Clock), guests, moves, Settings, this, Clock);

    private HostDrain Drain()
    {
        var guestHosts = new GuestHosts(connections, new VirshDomains(), Observations, domains, pools, hosts, WokenHosts, Clock);
        var places = new GuestPlaces(pools, loads, access, Observations, hosts);
        return new HostDrain(new DrainReading(guestHosts, places, hosts, guests, moves, Clock), client, moves, guests, Settings, this, Clock);
    }

    /// <summary>Who was asked to be looked at.</summary>
    internal sealed class Wakes<TEntity> : IEntityQueue<TEntity>
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        public List<string> Names { get; } = [];

        public List<string> InBackground { get; } = [];

        public void Enqueue(EntityKey key, TimeSpan? delay = null) => Names.Add(key.Name);

        public void EnqueueInBackground(EntityKey key) => InBackground.Add(key.Name);
    }
}
