using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>The operator does not reach a host, and its peer and its storage server do: it lives, and its guest runs on there.</summary>
public sealed class ManagementPartitionScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task A_host_that_others_reach_is_left_alone()
    {
        await ArmAsync();
        var cut = await CountingGuestAsync();
        var ran = await IncarnationAsync(cut);

        await Lab.Machines.VerbAsync(CancellationToken, "cut", cut, "management");
        await UntilStateAsync(cut, HostFailoverState.Isolated);
        await StaysUnfencedAsync(cut);
        Assert.DoesNotContain(Domain(Guest), await Lab.RunningDomainsAsync(Other(cut), CancellationToken));

        await Lab.Machines.VerbAsync(CancellationToken, "heal", cut);
        await UntilWellAsync(cut);
        Assert.Equal(ran, await IncarnationAsync(cut));
        await DisarmAsync();
    }
}
