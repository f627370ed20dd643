using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>Losing the cluster loses nothing: the same YAML on an empty one finds every guest again, still running.</summary>
public sealed class ClusterLossScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private static readonly TimeSpan ServerDeadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_same_yaml_on_an_empty_cluster_finds_the_guests_running()
    {
        var first = (await RunningGuestAsync("first")).Status!.Host!;
        var second = (await RunningGuestAsync("second")).Status!.Host!;

        // There and back again: applied to the empty cluster, the way there is not to be gone once more.
        Succeeded(await MoveAsync("there", "first", Other(first)));
        Succeeded(await MoveAsync("back", "first", first));
        var before = (await ProcessAsync(first, "first"), await ProcessAsync(second, "second"));

        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.LoseClusterAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);

        // The order in which files happen to be applied: a store whose hosts are not known yet is not taken from them.
        await Cluster.ApplyAsync(Lab.Manifests.NfsStore(), CancellationToken);
        await Cluster.UntilAsync<NfsStore>(
            PoolManifests.Store,
            "the store was compared with its server",
            store => store.Status.Condition(NfsStoreConditions.Exported) is { Status: "True", Message: var message } && message.Contains("no host of the pool, but it uses the store", StringComparison.Ordinal),
            ServerDeadline,
            CancellationToken);
        await Cluster.ApplyAsync(PoolManifests.Guest("first") + "---\n" + PoolManifests.Guest("second"), CancellationToken);
        await Lab.ApplyPoolAsync(CancellationToken);

        Assert.Equal(first, (await UntilRunningAsync("first")).Status!.Host);
        Assert.Equal(second, (await UntilRunningAsync("second")).Status!.Host);
        Assert.Equal(before, (await ProcessAsync(first, "first"), await ProcessAsync(second, "second")));
        Assert.Contains(VirtualMachineReasons.Found, await Cluster.EventReasonsAsync("default/first", CancellationToken));
        Assert.Equal([first], await HostsRunningAsync("first"));
        Assert.Equal([second], await HostsRunningAsync("second"));

        var again = Succeeded(await MoveAsync("there", "first", Other(first)));
        Assert.Equal(VmMigrationReasons.AlreadyDone, again.Status.Condition(CommonConditions.Succeeded)!.Reason);
        Assert.Equal(before.Item1, await ProcessAsync(first, "first"));
    }

    /// <summary>The guest's process and when it was started: another start is another process.</summary>
    private async Task<string> ProcessAsync(string host, string guest) =>
        (await Lab.Machines.RunAsync(host, $"ps -o pid=,lstart= -p \"$(cat /run/libvirt/qemu/{Domain(guest)}.pid)\"", CancellationToken)).Output.Trim();
}
