using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>What hinders a drain is said for each guest, hinders no other one, and goes with the remedy that is said.</summary>
public sealed class BlockedDrainScenario(LabFixture fixture) : GuestScenario(fixture)
{
    [Fact]
    public async Task Each_guest_that_stays_is_told_with_its_remedy_and_the_remedy_works()
    {
        await GiveMovesTimeAsync();
        await RunningGuestsOnAsync(
            "node1",
            ("held", "  availability: {onEviction: Block}"),
            ("pinned", "  placement: {hostRef: {name: node1}}"),
            ("ends", "  runStrategy: RerunOnFailure\n  availability: {onEviction: Shutdown}"));
        var began = (await Cluster.GetAsync<VirtualMachine>("default/ends", CancellationToken)).Status!.StartTime;
        await UntilItCountsAsync("node1", "ends");

        // A domain that nobody here describes.
        await Lab.Machines.RunAsync(
            "node1", "printf '<domain type=\"kvm\"><name>byhand</name><memory>65536</memory><os><type>hvm</type></os></domain>' | virsh create /dev/stdin", CancellationToken);

        await UseAsync("node1", HostMode.Maintenance);
        await UntilLeftAsync("node1", "held", "spec.availability.onEviction is Block");
        var told = await UntilLeftAsync("node1", "pinned", "spec.placement.hostRef keeps it on node1");
        Assert.Equal(KvmHostReasons.DrainBlocked, told.Status.Condition(KvmHostConditions.Drained)!.Reason);
        Assert.Contains("byhand: no object here describes it", told.Status.Condition(KvmHostConditions.Drained)!.Message, StringComparison.Ordinal);
        Assert.Contains(KvmHostReasons.DrainBlocked, await Cluster.EventReasonsAsync("node1", CancellationToken));

        // Who wants to be off meanwhile goes by itself: shut down in order, moved, and started, although its strategy leaves it off when it ends in order by itself.
        var again = await Cluster.UntilAsync<VirtualMachine>(
            "default/ends", "it runs on node2", guest => guest.Status is { Phase: "Running", Host: "node2" } && guest.Status.StartTime > began, MoveDeadline, CancellationToken);
        Assert.True(again.Status.Is(CommonConditions.Ready));
        Assert.DoesNotContain(VirtualMachineReasons.ShutdownTimedOut, await Cluster.EventReasonsAsync("default/ends", CancellationToken));

        // The others were left alone.
        Assert.Equal(["node1"], await HostsRunningAsync("held"));
        Assert.Equal(["node1"], await HostsRunningAsync("pinned"));

        await Lab.Machines.RunAsync("node1", "virsh destroy byhand", CancellationToken);
        await Cluster.KubectlAsync(CancellationToken, "patch", "virtualmachine", "held", "--type=merge", "-p", "{\"spec\": {\"availability\": {\"onEviction\": \"LiveMigrate\"}}}");
        await Cluster.KubectlAsync(CancellationToken, "patch", "virtualmachine", "pinned", "--type=merge", "-p", "{\"spec\": {\"placement\": {\"hostRef\": null}}}");
        await UntilDrainedAsync("node1");
        Assert.Equal(["node2"], await HostsRunningAsync("held"));
        Assert.Equal(["node2"], await HostsRunningAsync("pinned"));
    }
}
