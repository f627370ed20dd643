using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>The operator reaches nobody any more: it is its own network that is gone, and it convicts nobody.</summary>
public sealed class EverythingUnreachableScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    private static readonly string[] Machines = ["node1", "node2", "storage"];

    [Fact]
    public async Task An_operator_that_reaches_nobody_convicts_nobody()
    {
        await ArmAsync();
        var host = await CountingGuestAsync();
        var ran = await IncarnationAsync(host);

        foreach (var machine in Machines)
        {
            await Lab.Machines.VerbAsync(CancellationToken, "cut", machine, "management");
        }

        await UntilHeldAsync(host, "OwnNetwork");
        await StaysUnfencedAsync(host);
        await StaysUnfencedAsync(Other(host));
        foreach (var machine in Machines)
        {
            await Lab.Machines.VerbAsync(CancellationToken, "heal", machine);
        }

        await UntilWellAsync(host);
        await UntilWellAsync(Other(host));
        Assert.Equal(ran, await IncarnationAsync(host));
        await NothingIsFencedAsync();
        await DisarmAsync();
    }
}
