using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>A host that was shut out comes back with its guest standing in memory: it is cleaned before it is let in. When it fails again and again, here twice, no guest comes to it any more.</summary>
public sealed class ReturningHostScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task A_host_is_cleaned_before_it_is_let_in_and_one_that_fails_again_takes_no_guests_flaps_of_two()
    {
        await ArmAsync(("failoverFlaps", "2"));
        var failed = await CountingGuestAsync();
        var survivor = Other(failed);

        await Lab.Machines.VerbAsync(CancellationToken, "freeze", failed);
        await UntilRecoveredAsync(failed);
        await Lab.Machines.VerbAsync(CancellationToken, "thaw", failed);
        await UntilStateAsync(failed, HostFailoverState.Returning);
        await UntilReturnedAsync(failed);

        await Lab.Machines.VerbAsync(CancellationToken, "freeze", failed);
        await UntilStateAsync(failed, HostFailoverState.Recovered);
        await Lab.Machines.VerbAsync(CancellationToken, "thaw", failed);
        await UntilStateAsync(failed, HostFailoverState.Quarantined);
        Assert.Equal([survivor], await HostsRunningAsync(Guest));

        // It is as well as before, and gets nothing.
        await Cluster.UntilAsync<KvmHost>(failed, "it is prepared", seen => seen.Status.Is(KvmHostConditions.StoresMounted) && seen.Status.Is(KvmHostConditions.Reachable), ReturnDeadline, CancellationToken);
        Assert.Equal(survivor, (await RunningGuestAsync("another")).Status!.Host);
        Assert.Contains("Quarantined", await Cluster.EventReasonsAsync(failed, CancellationToken));
        await DisarmAsync();
    }
}
