using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>The storage server is restarted: every host waits for it, nobody is shut out, and guests go on.</summary>
public sealed class StorageServerRebootScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task Nobody_is_shut_out_and_the_guest_goes_on()
    {
        await ArmAsync();
        var host = await CountingGuestAsync();
        var ran = await IncarnationAsync(host);

        await Lab.Machines.VerbAsync(CancellationToken, "reboot", "storage");
        await StaysUnfencedAsync(host);
        await StaysUnfencedAsync(Other(host));

        await UntilWellAsync(host);
        await UntilWellAsync(Other(host));
        await UntilItCountsAsync(host, Guest);
        Assert.Equal(ran, await IncarnationAsync(host));
        await DisarmAsync();
    }
}
