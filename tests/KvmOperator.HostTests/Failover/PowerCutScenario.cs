using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>The power of a host is cut: the storage server shuts it out and shows that, its guest starts on the other host from its kept definition, and the host comes back empty.</summary>
public sealed class PowerCutScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task A_guest_runs_on_elsewhere_and_its_host_comes_back_without_it()
    {
        await ArmAsync();
        var failed = await CountingGuestAsync();

        await Lab.Machines.VerbAsync(CancellationToken, "crash", failed);
        await UntilRecoveredAsync(failed);

        await Lab.Machines.TryAsync(["start", failed], CancellationToken, ReturnDeadline);
        await UntilReturnedAsync(failed);
        await DisarmAsync();
    }
}
