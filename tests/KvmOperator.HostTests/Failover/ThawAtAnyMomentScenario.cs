using System.Diagnostics;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>A host stands still about as long as it takes to convict it, and goes on at any moment around that: its guest runs once afterwards, here or there, and its disk is whole.</summary>
public sealed class ThawAtAnyMomentScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task The_guest_runs_once_whenever_its_host_goes_on(int seconds)
    {
        await ArmAsync(("failoverProfile", "Default"));
        var frozen = await CountingGuestAsync();

        var clock = Stopwatch.StartNew();
        await Lab.Machines.VerbAsync(CancellationToken, "freeze", frozen);

        // The length of the fault, and not something that is waited for.
        if (TimeSpan.FromSeconds(seconds) - clock.Elapsed is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest, TimeProvider.System, CancellationToken);
        }

        await Lab.Machines.VerbAsync(CancellationToken, "thaw", frozen);
        var over = await UntilWellAsync(frozen);
        TestContext.Current.TestOutputHelper!.WriteLine($"thawed after {clock.Elapsed.TotalSeconds:0.0} s: {(over.Status!.LastFailover is { } last ? $"shut out ({last.Id})" : "nothing followed")}");
        await NothingIsFencedAsync();

        var host = Assert.Single(await HostsRunningAsync(Guest));
        Assert.Equal(over.Status.LastFailover is null ? frozen : Other(frozen), host);
        await UntilItCountsAsync(host, Guest);
        await DiskIsWholeAsync(host);
        await DisarmAsync();
    }
}
