using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Nfs;
using KvmOperator.NfsStores;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>What is news of a server, and what is not.</summary>
public sealed class ServerNewsTests
{
    private static readonly StoreExport Wanted = new("images", "/srv/images", ["192.168.122.100", "192.168.122.200"]);
    private static readonly NfsClientLease Host = new("1", "192.168.122.100", "node1", Confirmed: true, TimeSpan.FromSeconds(1));
    private static readonly NfsClientLease Stranger = new("2", "192.168.122.77", "old", Confirmed: true, TimeSpan.FromSeconds(1));
    private static readonly ServerBeat Before = PlayedBeats.Beat("rw", Host, Stranger);

    [Fact]
    public void The_same_in_another_order_and_by_another_run_of_the_script_is_none()
    {
        var again = Before with { Sequence = 7, Uptime = TimeSpan.FromHours(2), ExportsVersion = 9, Exports = [.. Before.Exports.Reverse()], Clients = [Stranger with { Id = "9" }, Host] };

        Assert.False(ServerNews.IsNews(Before, again, Wanted));
    }

    [Fact]
    public void A_host_that_mounts_or_unmounts_is_none() =>
        Assert.False(ServerNews.IsNews(Before, Before with { Clients = [Stranger, Host with { Address = "192.168.122.200" }] }, Wanted));

    [Fact]
    public void Another_machine_that_lets_go_or_falls_silent_is_one()
    {
        Assert.True(ServerNews.IsNews(Before, Before with { Clients = [Host] }, Wanted));
        Assert.True(ServerNews.IsNews(Before, Before with { Clients = [Host, Stranger with { Confirmed = false }] }, Wanted));
    }

    [Fact]
    public void Other_exports_another_start_and_an_nfs_server_that_stopped_are_some()
    {
        Assert.True(ServerNews.IsNews(Before, PlayedBeats.Beat("ro", Host, Stranger), Wanted));
        Assert.True(ServerNews.IsNews(Before, Before with { Exports = [] }, Wanted));
        Assert.True(ServerNews.IsNews(Before, Before with { IsServing = false }, Wanted));
        Assert.True(ServerNews.IsNews(Before, Before with { BootId = "1071a296-0d77-4b53-a218-93a24a304f14" }, Wanted));
    }
}
