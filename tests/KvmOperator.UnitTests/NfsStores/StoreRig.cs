using k8s;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.NfsStores;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>The controller and the finalizer of stores with fake machines, a fake clock and an API server that takes every status. One host, <c>node1</c>, is in the pool.</summary>
internal sealed class StoreRig : IDisposable
{
    private readonly StatusBaselines baselines = new();
    private readonly Kubernetes kubernetes;
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<VirtualMachine> guests = new([]);
    private readonly HostObservations observations;
    private readonly MachineConnections connections;
    private readonly StatusWriter<NfsStore> writer;
    private readonly StoreAccessChecks checks;
    private readonly StoreServers servers;

    public StoreRig()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, Api);
        var client = new EntityClient(kubernetes, Clock);
        connections = HostRig.Connections(HostRig.Secrets(), Machines, Clock);
        observations = new HostObservations(Machines, new DomainIndex(), hosts, new HostRig.Wakes<KvmHost>(), new HostRig.Wakes<VirtualMachine>(), HostRig.LookMetrics(), Clock);
        checks = new StoreAccessChecks(connections, Machines, observations, Clock);
        servers = new StoreServers(Beats, WokenStores, Clock);
        writer = new StatusWriter<NfsStore>(client, stores, baselines, Clock);
        hosts.Put(HostRig.Host(), out _);
    }

    public FakeTimeProvider Clock { get; } = new();

    public StatusApi Api { get; } = new();

    public FrozenServer Machines { get; } = new();

    public PlayedBeats Beats { get; } = new();

    public HostRig.Wakes<NfsStore> WokenStores { get; } = new();

    public void Dispose() => kubernetes.Dispose();

    public void AddUndecodableGuest(string name) => guests.PutUndecodable(Unread.Object("default", name, "{}"));

    /// <summary>How many tests of mounts are remembered.</summary>
    public int Remembered => checks.Count;

    public void Remove(string host) => hosts.Remove(new EntityKey(null, host));

    public void Add(KvmHost host) => hosts.Put(host, out _);

    public void Add(NfsStore store) => stores.Put(store, out _);

    public void Add(VirtualMachine guest) => guests.Put(guest, out _);

    /// <summary>A copy that a pass may change.</summary>
    public NfsStore Copy(NfsStore store) => baselines.PrivateCopyOf(store);

    /// <summary>Has <c>node1</c> looked at.</summary>
    /// <param name="probes">What it says of its stores.</param>
    public Task SeeAsync(CancellationToken cancellationToken, params StoreProbe[] probes)
    {
        Machines.Seen = Given.Host() with { Stores = probes };
        return observations.LookAsync("node1", Machines, [], cancellationToken);
    }

    public NfsStoreController Controller() => new(
        connections,
        Machines,
        checks,
        servers,
        observations,
        new PoolViews(hosts),
        stores,
        new HostRig.Wakes<KvmHost>(),
        writer,
        Machines,
        Clock,
        NullLogger<NfsStoreController>.Instance);

    public NfsStoreFinalizer Finalizer() => new(connections, Machines, Machines, servers, observations, new PoolViews(hosts), stores, guests, writer, Machines, Clock, NullLogger<NfsStoreFinalizer>.Instance);
}
