using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>A guest that writes memory faster than it can be sent: said in a condition, and ended as the spec says.</summary>
public sealed class NonConvergingMigrationScenario(LabFixture fixture) : GuestScenario(fixture)
{
    [Fact]
    public async Task It_is_said_given_up_after_the_time_and_moved_by_post_copy()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        await UntilItCountsAsync(source, "xx");
        await TypeAsync(source, "xx", "dirty 40", "dirty 40");

        // Two MiB a second cannot keep up with forty.
        const string Narrow = "  bandwidthMiBPerSecond: 2\n  timeoutSeconds: ";
        await Cluster.ApplyAsync(PoolManifests.Migration("given-up", "xx", Other(source), $"{Narrow}{240 * Patience.Pace}"), CancellationToken);
        var told = await Cluster.UntilAsync<VmMigration>(
            "default/given-up",
            "it is said that it does not converge",
            move => move.Status.Condition(VmMigrationConditions.Converging) is { Status: "False" } || IsOver(move),
            MoveDeadline,
            CancellationToken);
        Assert.False(IsOver(told), Story(told));
        Assert.Equal(VmMigrationReasons.NotConverging, told.Status.Condition(VmMigrationConditions.Converging)!.Reason);
        Assert.Contains("spec.autoConverge", told.Status.Condition(VmMigrationConditions.Converging)!.Message, StringComparison.Ordinal);

        var ended = await UntilOverAsync("given-up");
        Failed(ended, VmMigrationReasons.TimedOut);
        Assert.Equal([source], await HostsRunningAsync("xx"));

        // With post-copy the same guest goes on at the target when it has not converged for some iterations, at the latest when the time is up.
        var moved = Succeeded(await MoveAsync("post-copy", "xx", Other(source), $"  bandwidthMiBPerSecond: 4\n  postCopy: true\n  timeoutSeconds: {150 * Patience.Pace}"));
        Assert.True(moved.Status!.Condition(VmMigrationConditions.Converging)?.Reason == VmMigrationReasons.PostCopyStarted, Story(moved));
        Assert.Contains(VmMigrationReasons.PostCopyStarted, await Cluster.EventReasonsAsync("default/post-copy", CancellationToken));
        Assert.Equal([Other(source)], await HostsRunningAsync("xx"));
    }
}
