using System.Diagnostics;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.NfsStores;

/// <summary>Shared storage: exported to the pool's hosts alone, the same bytes everywhere, honest when its server is away, and let go without a loss.</summary>
public sealed class NfsStoreScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Mount = "/var/lib/libvirt/images";

    [Fact]
    public async Task The_pool_and_nobody_else_sees_the_same_bytes_and_a_dead_server_is_told()
    {
        // How large it is comes with the next look at a host.
        await Cluster.UntilAsync<NfsStore>(
            PoolManifests.Store, "its size is known", one => one.Status is { Hosts: "2/2", Capacity: { TotalBytes: > 0, UsedPercent: >= 0 } }, TimeSpan.FromMinutes(1), CancellationToken);
        var exports = (await Lab.Machines.RunAsync("storage", "exportfs -s", CancellationToken)).Output;
        Assert.Contains("192.168.122.100", exports, StringComparison.Ordinal);
        Assert.Contains("192.168.122.200", exports, StringComparison.Ordinal);
        Assert.Equal(2, exports.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        // Written on one host as QEMU's user, read on the other.
        await Lab.Machines.RunAsync("node1", $"install -o libvirt-qemu -m 600 /dev/null {Mount}/seen && setpriv --reuid libvirt-qemu --regid kvm --clear-groups sh -c 'echo same >{Mount}/seen'", CancellationToken);
        Assert.Equal("same", (await Lab.Machines.RunAsync("node2", $"cat {Mount}/seen", CancellationToken)).Output.Trim());

        // The server dies. The clock runs from before the freeze, so what is measured is never less than it was.
        var clock = Stopwatch.StartNew();
        await Lab.Machines.VerbAsync(CancellationToken, "freeze", "storage");
        var degraded = await Cluster.UntilAsync<NfsStore>(
            PoolManifests.Store, "it says that it is not ready", one => one.Status.Condition(CommonConditions.Ready)?.Status == "False", TimeSpan.FromMinutes(1), CancellationToken);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"degraded {clock.Elapsed.TotalSeconds:0.0} s after the freeze: {degraded.Status.Condition(CommonConditions.Ready)!.Message}; its server: {degraded.Status.Condition(NfsStoreConditions.ServerReady)!.Message}; its mounts: {degraded.Status.Condition(NfsStoreConditions.Mounted)!.Message}");
        Assert.Equal("Degraded", degraded.Status!.Phase);
        Assert.True(degraded.Status.Is(NfsStoreConditions.Exported), "hosts must not unmount because the server cannot be asked");

        // The hosts are watched all the same, and stay ready: the store says what is wrong.
        var beat = (await Cluster.GetAsync<KvmHost>("node1", CancellationToken)).Status!.LastHeartbeatTime;
        await Cluster.UntilAsync<KvmHost>("node1", "its heartbeat goes on", host => host.Status!.LastHeartbeatTime > beat, TimeSpan.FromMinutes(2), CancellationToken);
        var host = await Cluster.UntilAsync<KvmHost>(
            "node1", "it says that the store does not answer", one => one.Status.IsNot(KvmHostConditions.StoresMounted, KvmHostReasons.StorageUnavailable), TimeSpan.FromMinutes(1), CancellationToken);
        Assert.True(host.Status.Is(CommonConditions.Ready), host.Status.Condition(CommonConditions.Ready)!.Message);

        await Lab.Machines.VerbAsync(CancellationToken, "thaw", "storage");
        await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "it is ready again", one => one.Status.Is(CommonConditions.Ready), TimeSpan.FromMinutes(3), CancellationToken);
        Assert.Equal("same", (await Lab.Machines.RunAsync("node2", $"cat {Mount}/seen", CancellationToken)).Output.Trim());
    }

    [Fact]
    public async Task It_stays_while_guests_need_it_and_leaves_its_files()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("user", "  runStrategy: Halted"), CancellationToken);
        await UntilPhaseAsync("user", "Stopped");

        await Cluster.KubectlAsync(CancellationToken, "delete", "nfsstore", PoolManifests.Store, "--wait=false");
        await Cluster.UntilAsync<NfsStore>(
            PoolManifests.Store, "the deletion is refused", one => one.Status.IsNot(CommonConditions.Ready, NfsStoreReasons.InUse), TimeSpan.FromMinutes(1), CancellationToken);
        var refused = await Cluster.GetAsync<NfsStore>(PoolManifests.Store, CancellationToken);
        Assert.Contains("default/user", refused.Status.Condition(CommonConditions.Ready)!.Message, StringComparison.Ordinal);

        // The hosts look at their stores again, and leave it mounted: a guest may run from it.
        for (var beats = 0; beats < 2; beats++)
        {
            var beat = (await Cluster.GetAsync<KvmHost>("node1", CancellationToken)).Status!.LastHeartbeatTime;
            await Cluster.UntilAsync<KvmHost>("node1", "it was looked at again", host => host.Status!.LastHeartbeatTime > beat, TimeSpan.FromMinutes(2), CancellationToken);
        }

        await Lab.Machines.RunAsync("node1", $"mountpoint -q {Mount}", CancellationToken);

        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "user", "--wait=false");
        await Cluster.UntilGoneAsync<NfsStore>(PoolManifests.Store, StartDeadline, CancellationToken);

        Assert.False((await Lab.Machines.TryRunAsync("node1", $"mountpoint -q {Mount}", CancellationToken)).Succeeded);
        Assert.False((await Lab.Machines.TryRunAsync("node2", $"mountpoint -q {Mount}", CancellationToken)).Succeeded);
        Assert.Equal(string.Empty, (await Lab.Machines.RunAsync("storage", "exportfs -s", CancellationToken)).Output.Trim());
        await Lab.Machines.RunAsync("storage", $"test -s {OperatorLab.ExportPath}/guest.qcow2 && test -s {OperatorLab.ExportPath}/default_user/root.qcow2", CancellationToken);
    }
}
