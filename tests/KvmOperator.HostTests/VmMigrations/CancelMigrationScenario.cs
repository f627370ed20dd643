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

    [Fact]
    public async Task Deleting_a_move_that_is_being_prepared_leaves_the_guest_running_on_the_source()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;

        // Between two operators a phase lasts; it may be over before the kill comes, and then another move is tried.
        var wasPrepared = false;
        for (var number = 1; number <= 4 && !wasPrepared; number++)
        {
            var name = $"early-{number}";
            await Cluster.ApplyAsync(PoolManifests.Migration(name, "xx", Other(source), "  bandwidthMiBPerSecond: 1"), CancellationToken);
            await UntilMovePhaseAsync(name, VmMigrationPhase.Preparing);
            await Lab.KillOperatorAsync(CancellationToken);
            wasPrepared = (await Cluster.GetAsync<VmMigration>($"default/{name}", CancellationToken)).Status!.Phase == VmMigrationPhase.Preparing;
            await Cluster.KubectlAsync(CancellationToken, "delete", "vmmigration", name, "--wait=false");
            await Lab.StartOperatorAsync(CancellationToken);
            await Cluster.UntilGoneAsync<VmMigration>($"default/{name}", MoveDeadline, CancellationToken);

            Assert.Equal([source], await HostsRunningAsync("xx"));
            Assert.DoesNotContain(Domain("xx"), await Lab.DefinedDomainsAsync(Other(source), CancellationToken));
        }

        Assert.True(wasPrepared, "no move was deleted while it was being prepared");
        Succeeded(await MoveAsync("next", "xx", Other(source)));
    }
}
