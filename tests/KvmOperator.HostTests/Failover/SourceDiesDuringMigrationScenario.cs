using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>A host dies while its guest moves away: the half that had come to the target is ended, and the guest is started there from its disks, once.</summary>
public sealed class SourceDiesDuringMigrationScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task The_half_on_the_target_is_ended_and_the_guest_runs_once()
    {
        await ArmAsync();
        var failed = await CountingGuestAsync();

        // One MiB a second: the move takes minutes.
        await Cluster.ApplyAsync(PoolManifests.Migration("away", Guest, Other(failed), "  bandwidthMiBPerSecond: 1"), CancellationToken);
        await Cluster.UntilAsync<VmMigration>("default/away", "memory is sent", move => move.Status is { Phase: VmMigrationPhase.Running, Progress.BytesProcessed: > 0 }, MoveDeadline, CancellationToken);
        await Lab.Machines.VerbAsync(CancellationToken, "crash", failed);

        await UntilRecoveredAsync(failed);
        Assert.Equal(VmMigrationPhase.Failed, (await UntilOverAsync("away")).Status!.Phase);
        await Lab.Machines.TryAsync(["start", failed], CancellationToken, ReturnDeadline);
        await UntilReturnedAsync(failed);
        await DisarmAsync();
    }
}
