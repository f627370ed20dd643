using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Baseline;

/// <summary>The manual procedure from its first line to the end of a live migration, on real hosts.</summary>
public sealed class BaselineScenario(LabFixture fixture) : LabScenario(fixture)
{
    [Fact]
    public async Task A_guest_moves_while_it_runs_and_its_disk_is_locked_against_a_second_start()
    {
        var procedure = new ManualProcedure(Lab, CancellationToken);
        await procedure.PrepareAsync();
        await procedure.CreateGuestAsync();
        var before = (await procedure.WatchCounterAsync("node1", 3))[^1];

        var migration = await procedure.MigrateAsync();
        var after = (await procedure.WatchCounterAsync("node2", 3))[0];

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"baseline: virsh migrate --live took {migration.Duration.TotalSeconds:0.0} s, downtime {migration.Downtime.TotalMilliseconds:0} ms");
        Assert.Empty(await procedure.RunningAsync("node1"));
        Assert.Equal([ManualProcedure.Guest], await procedure.RunningAsync("node2"));
        Assert.True(after.Number > before.Number, $"the counter went from {before.Number} to {after.Number}");
        Assert.True(after.Uptime > before.Uptime, $"the guest was started anew: up for {before.Uptime} s before, {after.Uptime} s after");

        // The definition stays on the source, so a careless person can start the guest a second time.
        var second = await procedure.TryStartAsync("node1");

        Assert.False(second.Succeeded);
        Assert.Contains("Failed to get \"write\" lock", second.Error, StringComparison.Ordinal);
        Assert.True((await procedure.WatchCounterAsync("node2", 1))[0].Number > after.Number, "the running guest goes on");
    }
}
