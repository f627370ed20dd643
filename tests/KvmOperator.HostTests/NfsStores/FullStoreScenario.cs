using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.NfsStores;

/// <summary>A store that fills says so, takes nothing new, gives back what failed, and its guests go on by themselves when there is room.</summary>
public sealed class FullStoreScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Filler = OperatorLab.ExportPath + "/filler";
    private const string Mount = "/var/lib/libvirt/images";

    private static readonly TimeSpan ToldWithin = TimeSpan.FromMinutes(2);

    /// <summary>Leaves so many bytes of the store free: a number, or an expression of <c>$size</c>.</summary>
    private Task LeaveAsync(string free) => Lab.Machines.RunAsync(
        "storage", $"rm -f {Filler}; sync; set -- $(stat -f -c '%a %b %S' {OperatorLab.ExportPath}); size=$(($2 * $3)); fallocate -l $(($1 * $3 - ({free}))) {Filler}", CancellationToken, TimeSpan.FromMinutes(5));

    [Fact]
    public async Task A_copy_that_does_not_fit_is_not_begun_and_a_nearly_full_store_takes_no_new_disks()
    {
        // Room beyond the reserve for half of the image.
        await Lab.Machines.RunAsync("storage", $"dd if=/dev/urandom of={OperatorLab.ExportPath}/big.raw bs=1M count=200 status=none", CancellationToken, TimeSpan.FromMinutes(5));
        await LeaveAsync("size / 20 + 100 * 1048576");
        await Cluster.ApplyAsync(PoolManifests.Guest("big").Replace("image: guest.qcow2", "image: big.raw", StringComparison.Ordinal), CancellationToken);
        var refused = await Cluster.UntilAsync<VirtualMachine>(
            "default/big", "the copy is refused", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.StepFailed), StartDeadline, CancellationToken);
        Assert.Contains("stay free for the guests that are there", refused.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);
        await Lab.Machines.RunAsync("storage", $"! ls {OperatorLab.ExportPath}/default_big/* 2>/dev/null", CancellationToken);

        await LeaveAsync("size / 40");
        var full = await Cluster.UntilAsync<NfsStore>(
            PoolManifests.Store, "it says that it is nearly full", store => store.Status.IsNot(NfsStoreConditions.SpaceAvailable, NfsStoreReasons.NearlyFull), ToldWithin, CancellationToken);
        Assert.True(full.Status.Is(CommonConditions.Ready), "the guests that are there run on");
        Assert.Contains(NfsStoreReasons.NearlyFull, await Cluster.EventReasonsAsync(PoolManifests.Store, CancellationToken));
        await Cluster.ApplyAsync(PoolManifests.Guest("late"), CancellationToken);
        var waiting = await Cluster.UntilAsync<VirtualMachine>(
            "default/late", "it waits for room", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.DependencyNotReady), StartDeadline, CancellationToken);
        Assert.Contains("nearly full", waiting.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);

        await Lab.Machines.RunAsync("storage", $"rm {Filler}", CancellationToken);
        await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "it has room again", store => store.Status.Is(NfsStoreConditions.SpaceAvailable), ToldWithin, CancellationToken);
        await UntilRunningAsync("late");
    }

    [Fact]
    public async Task A_guest_that_stood_still_for_lack_of_room_goes_on_by_itself()
    {
        // What it writes there makes the thin disk grow.
        await Cluster.ApplyAsync(PoolManifests.Guest("xx").Replace("  networks:\n", "  - {name: data, storeRef: {name: images}, size: 512Mi}\n  networks:\n", StringComparison.Ordinal), CancellationToken);
        var host = (await UntilRunningAsync("xx")).Status!.Host!;
        await LeaveAsync("8 * 1048576");
        await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "it says that it is nearly full", store => store.Status.IsNot(NfsStoreConditions.SpaceAvailable, NfsStoreReasons.NearlyFull), ToldWithin, CancellationToken);

        await UntilItCountsAsync(host, "xx");
        await TypeAsync(host, "xx", "fill 128", "^fill 128");
        var paused = await UntilPhaseAsync("xx", "Paused");
        Assert.Contains("goes on by itself", paused.Status.Condition(VirtualMachineConditions.Running)!.Message, StringComparison.Ordinal);

        await Lab.Machines.RunAsync("storage", $"rm {Filler}", CancellationToken);
        await UntilRunningAsync("xx");
        Assert.Contains(VirtualMachineReasons.Resumed, await Cluster.EventReasonsAsync("default/xx", CancellationToken));
        Assert.Contains("running", (await Lab.Machines.RunAsync(host, "virsh -r domstate default_xx", CancellationToken)).Output, StringComparison.Ordinal);
        await UntilItCountsAsync(host, "xx");
    }

    [Fact]
    public async Task A_full_store_leaves_no_files_of_checks_and_stays_mounted_for_its_guests()
    {
        await LeaveAsync("0");
        await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "it says that it is nearly full", store => store.Status.IsNot(NfsStoreConditions.SpaceAvailable, NfsStoreReasons.NearlyFull), ToldWithin, CancellationToken);

        // A new operator tests every mount at once.
        const string Left = OperatorLab.ExportPath + "/.kvm-operator-tests/test-left00";
        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.Machines.RunAsync("storage", $"touch -d '1 hour ago' {Left}", CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);
        await KvmLab.UntilAsync("what a test left is gone", async () => !(await Lab.Machines.TryRunAsync("storage", $"test -e {Left}", CancellationToken)).Succeeded, ToldWithin, CancellationToken);
        var store = await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "both hosts see it", one => one.Status is { Hosts: "2/2" } status && status.Is(NfsStoreConditions.Mounted), ToldWithin, CancellationToken);
        Assert.True(store.Status.Is(CommonConditions.Ready), store.Status.Condition(CommonConditions.Ready)!.Message);
        await Lab.Machines.RunAsync("node1", $"! ls -d {Mount}/.kvm-operator-test-* 2>/dev/null", CancellationToken);
    }
}
