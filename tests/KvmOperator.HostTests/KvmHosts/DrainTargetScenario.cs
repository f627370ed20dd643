using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>Of three hosts one is drained, another one is itself going away, and the third is first unreachable and then full: the guests run on where they are until there is a place for them.</summary>
public sealed class DrainTargetScenario(LabFixture fixture) : GuestScenario(fixture)
{
    protected override Beginning Beginning => Beginning.PoolOfThree;

    [Fact]
    public async Task No_guest_goes_to_a_host_that_goes_away_or_has_no_room_and_all_go_when_there_is_a_place()
    {
        await GiveMovesTimeAsync();
        await RunningGuestsOnAsync("node1", ("a", string.Empty), ("b", string.Empty));
        await UseAsync("node2", HostMode.Maintenance);
        await UntilDrainedAsync("node2");
        await ReserveAsync("node3", "2800Mi");
        await Lab.Machines.VerbAsync(CancellationToken, "cut", "node3", "management");
        await Cluster.UntilAsync<KvmHost>("node3", "it cannot be reached", host => host.Status.IsNot(KvmHostConditions.Reachable, KvmHostReasons.Unreachable), MoveDeadline, CancellationToken);

        await UseAsync("node1", HostMode.Maintenance);
        await UntilLeftAsync("node1", "a", "node2: spec.mode is Maintenance");
        await UntilLeftAsync("node1", "b", "node3: it is not Ready");
        await StaysAsync();

        await Lab.Machines.VerbAsync(CancellationToken, "heal", "node3");
        await UntilLeftAsync("node1", "a", "MiB of memory are left for guests");
        await StaysAsync();

        await ReserveAsync("node3", "1Gi");
        await UntilDrainedAsync("node1");
        Assert.Equal(["node3"], await HostsRunningAsync("a"));
        Assert.Equal(["node3"], await HostsRunningAsync("b"));
        Assert.All(await DrainMovesAsync("node1"), move => Assert.Equal((VmMigrationPhase.Succeeded, "node3"), (move.Status!.Phase!.Value, move.Status.TargetHost)));
    }

    private async Task StaysAsync()
    {
        Assert.Equal(["node1"], await HostsRunningAsync("a"));
        Assert.Equal(["node1"], await HostsRunningAsync("b"));
        Assert.Empty(await DrainMovesAsync("node1"));
    }

    private Task ReserveAsync(string host, string memory) =>
        Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", host, "--type=merge", "-p", $"{{\"spec\": {{\"capacity\": {{\"memoryReserved\": \"{memory}\"}}}}}}");
}
