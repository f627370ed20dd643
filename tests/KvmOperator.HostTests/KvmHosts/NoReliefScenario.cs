using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>One guest that is the load itself: no move is proposed, and it is said why. The limits are lower than by default, since it has one of its host's two processors.</summary>
public sealed class NoReliefScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task A_guest_that_is_the_overload_stays_and_that_is_said()
    {
        await SetAsync(
            ("reliefHotUsePercent", "40"),
            ("reliefOverloadPercent", "30"),
            ("reliefTargetUsePercent", "25"),
            ("reliefHoldSeconds", "60"),
            ("reliefBlindSeconds", "100"),
            ("reliefLeastGainPercent", "5"));
        await RunningGuestsOnAsync("node1", ("hog", string.Empty));
        await UntilItCountsAsync("node1", "hog");
        await TypeAsync("node1", "hog", "dirty 200", "dirty 200");

        var told = await Cluster.UntilAsync<KvmHost>(
            "node1",
            "it is said why nobody is moved",
            host => host.Status.Condition(KvmHostConditions.Overloaded) is { Status: "True", Message: { } message } && message.Contains("default/hog it uses", StringComparison.Ordinal),
            LoadDeadline,
            CancellationToken);
        Assert.Contains("a move would move the overload", told.Status.Condition(KvmHostConditions.Overloaded)!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("kubectl apply", told.Status.Condition(KvmHostConditions.Overloaded)!.Message, StringComparison.Ordinal);
        Assert.True(told.Status.Is(CommonConditions.Ready));
        Assert.Empty(await Cluster.Client.ListAsync<VmMigration>("default", null, CancellationToken));
        Assert.Equal(["node1"], await HostsRunningAsync("hog"));
    }
}
