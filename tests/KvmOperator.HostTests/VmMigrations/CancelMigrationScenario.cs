using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>Deleting a move while it runs gives it up; the guest runs on where it was.</summary>
public sealed class CancelMigrationScenario(LabFixture fixture) : GuestScenario(fixture)
{
    [Fact]
    public async Task Deleting_a_running_move_leaves_the_guest_running_on_the_source()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        // One MiB a second: the move takes minutes.
        await Cluster.ApplyAsync(PoolManifests.Migration("slow", "xx", Other(source), "  bandwidthMiBPerSecond: 1"), CancellationToken);
        await Cluster.UntilAsync<VmMigration>(
            "default/slow", "memory is sent", move => move.Status is { Phase: VmMigrationPhase.Running, Progress.BytesProcessed: > 0 }, MoveDeadline, CancellationToken);

        await Cluster.KubectlAsync(CancellationToken, "delete", "vmmigration", "slow", "--wait=false");
        await Cluster.UntilGoneAsync<VmMigration>("default/slow", MoveDeadline, CancellationToken);

        Assert.Equal([source], await HostsRunningAsync("xx"));
        Assert.DoesNotContain(Domain("xx"), await Lab.DefinedDomainsAsync(Other(source), CancellationToken));
        var guest = await Cluster.UntilAsync<VirtualMachine>("default/xx", "it is no longer moved", one => one.Status?.Phase == "Running", StartDeadline, CancellationToken);
        Assert.Equal(source, guest.Status!.Host);
        Assert.Contains(VmMigrationReasons.Cancelled, await Cluster.EventReasonsAsync("default/xx", CancellationToken));

        // Nothing of the move is left that would keep another one from working.
        var units = (await Lab.Machines.RunAsync(source, "systemctl list-units --all --no-legend 'kvmop-migration-*'", CancellationToken)).Output;
        Assert.Equal(string.Empty, units.Trim());
        Succeeded(await MoveAsync("next", "xx", Other(source)));
    }
}
