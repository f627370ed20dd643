using KvmOperator.Api.KvmHosts;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Observations;
using KvmOperator.NfsStores;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using Xunit;

namespace KvmOperator.UnitTests.Inventory.Failures;

/// <summary>Whom a failed host concerns, and how: by what is written down of it alone.</summary>
public sealed class FailedHostsTests
{
    [Theory]
    [InlineData(HostFailoverState.Silent, false, false)]
    [InlineData(HostFailoverState.Suspected, false, false)]
    [InlineData(HostFailoverState.Isolated, false, false)]
    [InlineData(HostFailoverState.Held, false, false)]
    [InlineData(HostFailoverState.Fencing, true, true)]
    [InlineData(HostFailoverState.Fenced, true, true)]
    [InlineData(HostFailoverState.Recovering, true, true)]
    [InlineData(HostFailoverState.Recovered, true, true)]
    [InlineData(HostFailoverState.Returning, true, true)]
    [InlineData(HostFailoverState.Quarantined, false, false)]
    public void From_the_decision_on_it_is_shut_out_and_its_guests_are_nobody_elses(HostFailoverState state, bool isShutOut, bool isRecovered)
    {
        var host = Failed(state);

        Assert.Equal((isShutOut, isRecovered), (FailedHosts.IsShutOut(host), FailedHosts.IsRecovered(host)));
    }

    [Fact]
    public void One_that_was_cleaned_is_let_in_in_that_boot_and_in_no_other()
    {
        var host = Failed(HostFailoverState.Returning, cleaned: "b1");

        Assert.False(FailedHosts.IsShutOut(host, "b1"));
        Assert.True(FailedHosts.IsShutOut(host, "b2"));
    }

    [Fact]
    public void It_is_exported_to_by_no_server_also_not_by_a_new_one_and_is_nobodys_peer()
    {
        var (failed, well) = (Failed(HostFailoverState.Recovered), HostRig.Host("node2"));
        well.Spec = well.Spec with { Address = "192.168.122.200" };

        Assert.Equal(["192.168.122.200"], StoreExports.For(SpecSamples.Store, [failed, well]).Clients);
        Assert.Equal(["node2"], PoolView.Of([failed, well]).Peers.Select(peer => peer.Name));

        // Its spec was broken meanwhile: that does not let it in.
        failed.Spec = failed.Spec with { Ssh = failed.Spec.Ssh with { Port = -1 } };
        Assert.Equal(["node2"], PoolView.Of([failed, well]).Peers.Select(peer => peer.Name));
    }

    [Fact]
    public void Its_peers_are_told_that_it_left_and_that_it_is_back()
    {
        var (node1, node2) = (HostRig.Host("node1"), HostRig.Host("node2"));
        var before = PoolView.Of([node1, node2]);
        var without = PoolView.Of([Failed(HostFailoverState.Fencing), node2], before);
        var again = PoolView.Of([HostRig.Host("node1"), node2], without);

        Assert.NotEqual(before.PeersVersion("node2"), without.PeersVersion("node2"));
        Assert.NotEqual(without.PeersVersion("node2"), again.PeersVersion("node2"));
    }

    [Fact]
    public void It_takes_no_guests_before_its_failure_is_over()
    {
        Assert.Null(FailedHosts.Refuse(HostRig.Host()));
        Assert.Null(FailedHosts.Refuse(Failed(HostFailoverState.Silent)));
        Assert.Contains("Returning", FailedHosts.Refuse(Failed(HostFailoverState.Returning, cleaned: "b1")), StringComparison.Ordinal);
        Assert.NotNull(FailedHosts.Refuse(Failed(HostFailoverState.Quarantined)));
    }

    [Fact]
    public void An_answer_ends_a_silence_and_no_failure_of_which_more_is_written_down()
    {
        Assert.Null(HostSilence.Ended(Failed(HostFailoverState.Silent).Status!).Failover);
        Assert.NotNull(HostSilence.Ended(Failed(HostFailoverState.Fencing).Status!).Failover);
    }

    private static KvmHost Failed(HostFailoverState state, string? cleaned = null)
    {
        var host = HostRig.Host();
        host.Status = new KvmHostStatus { Failover = new HostFailover { Id = "20260101-120000", State = state, Since = new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc), CleanedBootId = cleaned } };
        return host;
    }
}
