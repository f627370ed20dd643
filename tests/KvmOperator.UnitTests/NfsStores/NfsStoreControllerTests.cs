using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.KvmHosts;
using KvmOperator.NfsStores;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>How soon a dead server is told, with fake machines, a fake clock and an API server that takes every status.</summary>
public sealed class NfsStoreControllerTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly StatusApi api = new();
    private readonly StatusBaselines baselines = new();
    private readonly FrozenServer machines = new();
    private readonly HostObservations observations;
    private readonly Kubernetes kubernetes;
    private readonly ObjectStore<KvmHost> hosts = new([]);
    private readonly ObjectStore<NfsStore> stores = new([]);

    public NfsStoreControllerTests()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, api);
        observations = new HostObservations(machines, hosts, new HostRig.Wakes<VirtualMachine>(), clock);
        hosts.Put(HostRig.Host(), out _);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => kubernetes.Dispose();

    [Fact]
    public async Task A_mount_that_hangs_is_told_before_the_server_is_asked()
    {
        await SeeAsync(new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: false, 0, 0, "did not answer in time"));

        var pass = Controller().ReconcileAsync(baselines.PrivateCopyOf(Ready()), Token);
        await machines.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);

        Assert.Contains("\"phase\":\"Degraded\"", api.Writes.Single(), StringComparison.Ordinal);
        Assert.Equal([NfsStoreReasons.MountsMissing], machines.Events);
        clock.Advance(TimeSpan.FromSeconds(10));
        await pass;
        Assert.Single(machines.Events);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_told_after_ten_seconds()
    {
        await SeeAsync(new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: true, 100, 50, string.Empty));
        var store = baselines.PrivateCopyOf(Ready());

        var pass = Controller().ReconcileAsync(store, Token);
        await machines.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        clock.Advance(TimeSpan.FromSeconds(10));
        await pass;

        Assert.Equal("Degraded", store.Status!.Phase);
        Assert.Equal(NfsStoreReasons.ServerUnreachable, Condition(store, NfsStoreConditions.ServerReady).Reason);
        Assert.Equal("True", Condition(store, NfsStoreConditions.Exported).Status);
        Assert.Equal("True", Condition(store, NfsStoreConditions.Mounted).Status);
    }

    [Fact]
    public async Task A_store_whose_mount_path_is_taken_is_neither_exported_nor_mounted()
    {
        var older = Ready();
        older.Metadata = new V1ObjectMeta { Name = "older", CreationTimestamp = DateTime.UnixEpoch };
        stores.Put(older, out _);
        var store = Ready();
        store.Metadata.CreationTimestamp = DateTime.UnixEpoch.AddDays(1);
        stores.Put(store, out _);
        var copy = baselines.PrivateCopyOf(store);

        await Controller().ReconcileAsync(copy, Token);

        Assert.Equal((("Invalid", "False")), (copy.Status!.Phase!, Condition(copy, CommonConditions.Valid).Status));
        Assert.False(machines.Asked.Task.IsCompleted);
    }

    private static NfsStore Ready()
    {
        var store = SpecSamples.Store;
        store.Status = new NfsStoreStatus
        {
            Phase = "Ready",
            Conditions = [.. NfsStoreConditions.All.Select(type => new V1Condition { Type = type, Status = "True", Reason = CommonReasons.AsExpected, Message = "so it is" })],
        };
        return store;
    }

    private static V1Condition Condition(NfsStore store, string type) => store.Status!.Conditions.Single(condition => condition.Type == type);

    private Task SeeAsync(StoreProbe probe)
    {
        machines.Seen = Given.Host() with { Stores = [probe] };
        return observations.LookAsync("node1", machines, [], Token);
    }

    private NfsStoreController Controller()
    {
        var client = new EntityClient(kubernetes, clock);
        var connections = new MachineConnections(
            client, machines, new ShellMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), new OperatorSettings { Namespace = "kvm-operator" }, clock);
        return new NfsStoreController(
            connections,
            machines,
            new StoreAccessChecks(connections, machines, observations, clock),
            observations,
            hosts,
            stores,
            new HostRig.Wakes<KvmHost>(),
            new StatusWriter<NfsStore>(client, stores, baselines, clock),
            machines,
            clock,
            NullLogger<NfsStoreController>.Instance);
    }
}
