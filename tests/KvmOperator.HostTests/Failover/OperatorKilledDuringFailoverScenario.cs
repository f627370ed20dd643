using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>The operator is killed with -9 in the middle of a failover, and in the middle of a return; the next one goes on from what is written down, and no guest runs twice.</summary>
public sealed class OperatorKilledDuringFailoverScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Theory]
    [InlineData(HostFailoverState.Fencing)]
    [InlineData(HostFailoverState.Recovering)]
    public async Task A_failover_is_completed_by_the_next_operator(HostFailoverState state)
    {
        await ArmAsync();
        var failed = await CountingGuestAsync();
        await Lab.Machines.VerbAsync(CancellationToken, "crash", failed);

        // A state may be over before it is seen; whatever comes after it is as good a moment.
        var killed = await UntilStateAsync(failed, [.. Enum.GetValues<HostFailoverState>().Where(one => one >= state && one < HostFailoverState.Returning)]);
        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);

        await UntilRecoveredAsync(failed);
        Assert.Equal(killed.Status!.Failover!.Id, (await Cluster.GetAsync<KvmHost>(failed, CancellationToken)).Status!.Failover!.Id);
        await Lab.Machines.TryAsync(["start", failed], CancellationToken, ReturnDeadline);
        await UntilReturnedAsync(failed);
        Assert.Single((await Cluster.GetAsync<KvmHost>(failed, CancellationToken)).Status!.Failures);
        await DisarmAsync();
    }

    [Fact]
    public async Task A_return_is_completed_by_the_next_operator()
    {
        await ArmAsync();
        var failed = await CountingGuestAsync();
        await Lab.Machines.VerbAsync(CancellationToken, "freeze", failed);
        await UntilRecoveredAsync(failed);
        await Lab.Machines.VerbAsync(CancellationToken, "thaw", failed);
        await UntilStateAsync(failed, HostFailoverState.Returning);
        await using var watch = DomainWatch.Begin(Lab.Machines);
        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);

        await UntilReturnedAsync(failed);
        await watch.EndAsync();
        Assert.Null(DomainSample.TwoAtOnce(watch.Samples, Domain(Guest), state => state == "running"));
        await DisarmAsync();
    }
}
