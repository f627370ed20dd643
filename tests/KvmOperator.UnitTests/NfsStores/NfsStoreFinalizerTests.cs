using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.KvmHosts;
using KvmOperator.NfsStores;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>When a store may go, and what is taken away with it.</summary>
public sealed class NfsStoreFinalizerTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly FrozenServer machines = new();
    private readonly StatusBaselines baselines = new();
    private readonly Kubernetes kubernetes = new(new KubernetesClientConfiguration { Host = "http://api.invalid" }, new StatusApi());
    private readonly ObjectStore<NfsStore> stores = new([]);
    private readonly ObjectStore<VirtualMachine> guests = new([]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => kubernetes.Dispose();

    [Fact]
    public async Task It_stays_mounted_while_a_guest_has_a_disk_there()
    {
        guests.Put(SpecSamples.Machine, out _);

        Assert.False(await IsGoneAsync(Store("images", 0)));
        Assert.Empty(machines.Unmounted);
    }

    [Fact]
    public async Task It_is_unmounted_and_no_longer_exported()
    {
        Assert.True(await IsGoneAsync(Store("images", 0)));
        Assert.Equal([SpecSamples.Store.Spec.MountPath], machines.Unmounted);
        Assert.Equal(["images"], machines.Withdrawn);
    }

    [Fact]
    public async Task The_mount_of_an_older_store_at_the_same_path_is_left_alone()
    {
        stores.Put(Store("older", 0), out _);

        Assert.True(await IsGoneAsync(Store("newer", 1)));
        Assert.Empty(machines.Unmounted);
    }

    private static NfsStore Store(string name, int age) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, CreationTimestamp = DateTime.UnixEpoch.AddDays(age), DeletionTimestamp = DateTime.UnixEpoch.AddDays(9) },
        Spec = SpecSamples.Store.Spec,
        Status = new NfsStoreStatus { Ssh = new HostSshStatus { HostKey = SpecSamples.HostKey } },
    };

    private async Task<bool> IsGoneAsync(NfsStore store)
    {
        stores.Put(store, out _);
        var hosts = new ObjectStore<KvmHost>([]);
        hosts.Put(HostRig.Host(), out _);
        var observations = new HostObservations(machines, hosts, new HostRig.Wakes<VirtualMachine>(), clock);
        await observations.LookAsync("node1", machines, [], Token);
        var client = new EntityClient(kubernetes, clock);
        var connections = new MachineConnections(
            client, machines, new ShellMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), new OperatorSettings { Namespace = "kvm-operator" }, clock);
        var finalizer = new NfsStoreFinalizer(
            connections, machines, machines, observations, hosts, stores, guests, new StatusWriter<NfsStore>(client, stores, baselines, clock), machines, clock);

        return (await finalizer.FinalizeAsync(baselines.PrivateCopyOf(store), Token)) is { IsSuccess: true, RequeueAfter: null };
    }
}
