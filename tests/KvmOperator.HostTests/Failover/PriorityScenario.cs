using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>Of the guests of a host that died the one with the higher priority is started first, and one that was told to wait for its host waits.</summary>
public sealed class PriorityScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task The_important_guest_is_started_first_and_one_that_waits_for_its_host_waits()
    {
        await ArmAsync(("failoverStartsAtOnce", "1"));
        await RunningGuestsOnAsync("node1", ("first", Priority(0)), ("important", Priority(900)), ("stays", "  availability: {onHostFailure: Leave}"));
        await UntilItCountsAsync("node1", "stays");
        foreach (var guest in new[] { "first", "important" })
        {
            await UntilKeptAsync(guest);
        }

        await Lab.Machines.VerbAsync(CancellationToken, "crash", "node1");
        var important = await UntilStartedElsewhereAsync("important", "node1");
        var first = await UntilStartedElsewhereAsync("first", "node1");
        Assert.True(important.Status!.LastFailover!.Since <= first.Status!.LastFailover!.Since, $"important at {important.Status.LastFailover.Since:O}, first at {first.Status.LastFailover.Since:O}");
        Assert.Null((await Cluster.GetAsync<VirtualMachine>("default/stays", CancellationToken)).Status!.LastFailover);
        Assert.DoesNotContain(Domain("stays"), await Lab.DefinedDomainsAsync("node2", CancellationToken));

        await Lab.Machines.TryAsync(["start", "node1"], CancellationToken, ReturnDeadline);
        await UntilReturnedAsync("node1", "important");
        Assert.Equal("node1", (await UntilRunningAsync("stays")).Status!.Host);
        await DisarmAsync();
    }

    private static string Priority(int priority) => $"  availability: {{priority: {priority}}}";
}
