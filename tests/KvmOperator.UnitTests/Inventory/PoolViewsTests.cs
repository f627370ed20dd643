using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Inventory;
using KvmOperator.NfsStores;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.Api;
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

    [Fact]
    public void A_host_that_cannot_be_worked_on_is_shut_out_by_nobody()
    {
        Put("node1");
        Put("node2", ssh: new HostSsh());
        var seen = Version("node1");
        Assert.Equal(["node2"], views.Of("default").Strangers.Select(host => host.Name));

        // A later version wrote it.
        hosts.PutUndecodable(Unread.Object(null, "node3", """{"spec": {"pool": "default", "address": "192.0.2.3", "migrationAddress": "198.51.100.3"}}"""));
        hosts.PutUndecodable(Unread.Object(null, "elsewhere", """{"spec": {"pool": "other", "address": "192.0.2.4"}}"""));
        hosts.PutUndecodable(Unread.Object(null, "hostile", """{"spec": {"pool": "default", "address": "192.0.2.5(rw)\n*"}}"""));

        var view = views.Of("default");
        Assert.Equal(["node2", "node3"], view.Strangers.Select(host => host.Name));
        Assert.Equal(["node1", "node2", "node3"], view.Peers.Select(host => host.Name));
        Assert.Null(view.Peers[2].Identity);
        Assert.NotEqual(seen, Version("node1"));
        Assert.Equal(["node1"], view.Workable.Select(host => host.Name()));
        Assert.Contains("198.51.100.3", StoreExports.For(SpecSamples.Store, view.Workable, view.Strangers).Clients);
    }

    [Fact]
    public void A_host_that_cannot_be_read_has_its_addresses_as_others_print_them()
    {
        hosts.PutUndecodable(Unread.Object(null, "node3", """{"spec": {"pool": "default", "address": "2001:0DB8::3", "migrationAddress": "2001:db8:0:0::3"}}"""));
        Put("node1");

        Assert.Equal(["2001:db8::3"], Assert.Single(views.Of("default").Strangers).Addresses);
    }

    private long Version(string host) => views.Of("default").PeersVersion(host);

    private void Put(string name, string pool = "default", string? address = null, KvmHostStatus? status = null, HostSsh? ssh = null)
    {
        var host = HostRig.Host(name);
        host.Metadata.ResourceVersion = $"{++version}";
        host.Spec = host.Spec with { Pool = pool, Address = address ?? host.Spec.Address, Ssh = ssh ?? host.Spec.Ssh };
        host.Status = status;
        hosts.Put(host, out _);
    }
}
