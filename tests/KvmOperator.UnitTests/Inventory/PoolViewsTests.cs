using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.KvmHosts;
using Xunit;

namespace KvmOperator.UnitTests.Inventory;

/// <summary>A view of a pool is made when one of its hosts changes, and at no other time.</summary>
public sealed class PoolViewsTests
{
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly PoolViews views;
    private int version;

    public PoolViewsTests() => views = new PoolViews(hosts);

    [Fact]
    public void The_hosts_of_a_pool_are_in_order_and_the_view_is_the_same_until_one_of_them_changes()
    {
        Put("node2");
        Put("node1");
        var view = views.Of("default");
        Assert.Equal(["node1", "node2"], view.Members.Select(member => member.Name));

        Put("node3", pool: "other");
        Assert.Same(view, views.Of("default"));

        Put("node1", address: "no address!");
        Assert.NotSame(view, views.Of("default"));
        Assert.False(views.Of("default").Find("node1")!.CanBeAsked);
        Assert.Equal(["node2"], views.Of("default").Workable.Select(host => host.Name()));
        Assert.Same(view.Find("node2"), views.Of("default").Find("node2"));

        hosts.Remove(new EntityKey(null, "node1"));
        hosts.Remove(new EntityKey(null, "node2"));
        Assert.Empty(views.Of("default").Members);
        Assert.Empty(views.Of("never heard of").Members);
    }

    [Fact]
    public void A_host_that_is_another_ones_machine_is_a_member_that_has_no_guests()
    {
        Put("node1");
        Put("twin", status: new KvmHostStatus { Conditions = [new V1Condition { Type = KvmHostConditions.Reachable, Status = "False", Reason = KvmHostReasons.SameMachine }] });

        Assert.Equal(["node1"], views.Of("default").Possible.Select(member => member.Name));
        Assert.Equal(["node1"], views.Of("default").Workable.Select(host => host.Name()));
    }

    [Fact]
    public void A_heartbeat_changes_nothing_for_the_peers_and_neither_does_what_a_host_says_of_itself()
    {
        Put("node1");
        Put("node2");
        var (one, two) = (Version("node1"), Version("node2"));

        Put("node1", status: new KvmHostStatus { LastHeartbeatTime = DateTime.UnixEpoch });
        Assert.Equal((one, two), (Version("node1"), Version("node2")));

        Put("node1", status: new KvmHostStatus { Ssh = new HostSshStatus { PublicKey = "ssh-ed25519 AAAA", HostKeys = ["key"] } });
        Assert.Equal(one, Version("node1"));
        Assert.NotEqual(two, Version("node2"));
    }

    [Fact]
    public void Who_joins_and_who_leaves_is_news_for_the_others()
    {
        Put("node1");
        var seen = new HashSet<long> { Version("node1") };
        Put("node2");
        Assert.True(seen.Add(Version("node1")));
        hosts.Remove(new EntityKey(null, "node2"));
        Assert.True(seen.Add(Version("node1")));
        Put("node2");
        Assert.True(seen.Add(Version("node1")));
        Put("node2", address: "192.0.2.77");
        Assert.True(seen.Add(Version("node1")));
    }

    private long Version(string host) => views.Of("default").PeersVersion(host);

    private void Put(string name, string pool = "default", string? address = null, KvmHostStatus? status = null)
    {
        var host = HostRig.Host(name);
        host.Metadata.ResourceVersion = $"{++version}";
        host.Spec = host.Spec with { Pool = pool, Address = address ?? host.Spec.Address };
        host.Status = status;
        hosts.Put(host, out _);
    }
}
