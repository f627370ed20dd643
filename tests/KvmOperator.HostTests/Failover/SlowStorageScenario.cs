using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>The storage stands still for half a minute, as it does while a disk is replaced: nobody is shut out, and guests go on.</summary>
public sealed class SlowStorageScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Nobody_is_shut_out_because_the_storage_stands_still()
    {
        await ArmAsync();
        var host = await CountingGuestAsync();
        var ran = await IncarnationAsync(host);

        await Lab.Machines.VerbAsync(CancellationToken, "freeze", "storage");

        // The stall is the fault that is made, and not something that is waited for.
        await Task.Delay(Stall, TimeProvider.System, CancellationToken);
        await Lab.Machines.VerbAsync(CancellationToken, "thaw", "storage");
        await StaysUnfencedAsync(host);
        await StaysUnfencedAsync(Other(host));

        await UntilWellAsync(host);
        await UntilWellAsync(Other(host));
        await UntilItCountsAsync(host, Guest);
        Assert.Equal(ran, await IncarnationAsync(host));
        await DisarmAsync();
    }
}
