using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.KvmHosts;
using KvmOperator.NfsStores;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>What a host should be follows from its object, its pool and the pool's stores.</summary>
public sealed class HostPlanTests
{
    [Fact]
    public void Hosts_of_the_same_pool_are_peers_and_trusted_once_their_keys_are_known()
    {
        var known = new KvmHostStatus { Ssh = new HostSshStatus { PublicKey = "ssh-ed25519 AAAA", HostKeys = [SpecSamples.HostKey] } };

        var plan = Plan(Object("node1"), [Object("node1"), Object("node3"), Object("node2", known)], []);

        Assert.Equal(["node2", "node3"], plan.Peers.Select(peer => peer.Name));
        Assert.Equal("ssh-ed25519 AAAA", plan.Peers[0].Identity?.PublicKey);
        Assert.Null(plan.Peers[1].Identity);
    }

    [Fact]
    public void A_host_that_is_being_deleted_is_a_peer_until_it_is_gone()
    {
        var leaving = Object("leaving");
        leaving.Metadata.DeletionTimestamp = DateTime.UnixEpoch;

        Assert.Equal(["leaving"], Plan(Object("node1"), [leaving], []).Peers.Select(peer => peer.Name));
    }

    [Fact]
    public void Hosts_of_other_pools_invalid_ones_and_those_that_are_another_ones_machine_are_no_peers()
    {
        var other = Object("other");
        other.Spec = other.Spec with { Pool = "other" };
        var invalid = Object("invalid");
        invalid.Spec = invalid.Spec with { Address = "a b" };

        var twin = Object("twin", new KvmHostStatus { Conditions = [new V1Condition { Type = KvmHostConditions.Reachable, Status = "False", Reason = KvmHostReasons.SameMachine }] });

        Assert.Empty(Plan(Object("node1"), [other, invalid, twin], []).Peers);
    }

    [Fact]
    public void The_address_for_migrations_comes_first()
    {
        var host = Object("node1");
        host.Spec = host.Spec with { Address = "192.168.122.100", MigrationAddress = "10.0.0.1" };

        Assert.Equal(["10.0.0.1", "192.168.122.100"], Plan(host, [], []).Addresses);
    }

    [Fact]
    public void Only_stores_of_the_pool_whose_export_is_there_are_mounted()
    {
        var ready = Store("ready", "True");

        var plan = Plan(Object("node1"), [], [Store("waiting", "False"), Store("unknown", null), ready]);

        Assert.Equal(["/srv/ready"], plan.Stores.Select(store => store.ExportPath));
        Assert.Equal(["/mnt/unknown", "/mnt/waiting"], plan.KeptMountPaths);
    }

    [Fact]
    public void Of_several_stores_with_one_mount_path_the_oldest_alone_is_mounted()
    {
        var older = Store("older", "True");
        var newer = Store("newer", "True");
        newer.Spec = newer.Spec with { MountPath = older.Spec.MountPath };
        older.Metadata.CreationTimestamp = DateTime.UnixEpoch;
        newer.Metadata.CreationTimestamp = DateTime.UnixEpoch.AddDays(1);

        var plan = Plan(Object("node1"), [], [newer, older]);
        Assert.Equal(["/srv/older"], plan.Stores.Select(store => store.ExportPath));
        Assert.Empty(plan.KeptMountPaths);

        // Until the older one is gone, its mount is not the newer one's.
        older.Metadata.DeletionTimestamp = DateTime.UnixEpoch.AddDays(2);
        plan = Plan(Object("node1"), [], [newer, older]);
        Assert.Empty(plan.Stores);
        Assert.Equal([older.Spec.MountPath], plan.KeptMountPaths);
    }

    [Fact]
    public void A_store_that_is_being_deleted_stays_mounted_until_it_is_gone()
    {
        var leaving = Store("leaving", "True");
        leaving.Metadata.DeletionTimestamp = DateTime.UnixEpoch;

        var plan = Plan(Object("node1"), [], [leaving]);

        Assert.Empty(plan.Stores);
        Assert.Equal(["/mnt/leaving"], plan.KeptMountPaths);
    }

    [Theory]
    [InlineData("""{"spec": {"mountPath": "/srv/later"}}""", "/srv/later")]
    [InlineData("{}", "/var/lib/libvirt/images")]
    [InlineData("""{"spec": {"mountPath": "/srv/x y"}}""", null)]
    public void A_store_whose_object_cannot_be_read_is_not_unmounted(string content, string? path)
    {
        var host = Object("node1");

        var plan = HostPlans.For(host, PoolView.Of([host]), [], [Unread.Object(null, "later", content)]);

        Assert.Equal(path is null ? [] : [path], plan.KeptMountPaths);
        Assert.Empty(plan.Stores);
    }

    [Theory]
    [InlineData(FirewallPolicy.Managed, FirewallMode.Managed)]
    [InlineData(FirewallPolicy.Disabled, FirewallMode.Disabled)]
    [InlineData(FirewallPolicy.Unmanaged, FirewallMode.Unmanaged)]
    internal void The_firewall_is_what_the_spec_says(FirewallPolicy policy, FirewallMode mode)
    {
        var host = Object("node1");
        host.Spec = host.Spec with { Preparation = host.Spec.Preparation with { Firewall = policy } };

        Assert.Equal(mode, Plan(host, [], []).Firewall);
    }

    [Theory]
    [InlineData(SelinuxPolicy.Enforcing, SelinuxMode.Enforcing)]
    [InlineData(SelinuxPolicy.Permissive, SelinuxMode.Permissive)]
    [InlineData(SelinuxPolicy.Disabled, SelinuxMode.Disabled)]
    [InlineData(SelinuxPolicy.Unmanaged, SelinuxMode.Unmanaged)]
    internal void Selinux_is_what_the_spec_says(SelinuxPolicy policy, SelinuxMode mode)
    {
        var host = Object("node1");
        host.Spec = host.Spec with { Preparation = host.Spec.Preparation with { Selinux = policy } };

        Assert.Equal(mode, Plan(host, [], []).Selinux);
    }

    [Fact]
    public void Without_a_word_nothing_is_changed_that_a_guest_does_not_need()
    {
        var host = Object("node1");
        host.Spec = host.Spec with { Preparation = new() };

        var plan = Plan(host, [], []);

        Assert.Equal((SelinuxMode.Unmanaged, HostnameMode.Unmanaged, TimeServiceMode.Managed, false), (plan.Selinux, plan.Naming, plan.TimeService, plan.NeedsDefaultNetwork));
    }

    [Fact]
    public void Name_and_time_service_are_what_the_spec_says()
    {
        var host = Object("node1");
        host.Spec = host.Spec with { Preparation = new() { Hostname = HostnamePolicy.Managed, TimeService = TimeServicePolicy.Unmanaged } };

        var plan = Plan(host, [], []);

        Assert.Equal((HostnameMode.Managed, TimeServiceMode.Unmanaged), (plan.Naming, plan.TimeService));
    }

    [Fact]
    public void Addresses_are_in_the_spelling_in_which_others_print_them()
    {
        var host = Object("node1");
        host.Spec = host.Spec with { Address = "FD00:0::0001", MigrationAddress = "fd00::1" };

        Assert.Equal(["fd00::1"], Plan(host, [], []).Addresses);
        Assert.Equal(["fd00::1"], StoreExports.For(SpecSamples.Store, [host]).Clients);
    }

    private static HostPlan Plan(KvmHost host, IReadOnlyList<KvmHost> hosts, IReadOnlyList<NfsStore> stores) =>
        HostPlans.For(host, PoolView.Of(hosts.Where(other => other.Spec.Pool == host.Spec.Pool)), stores, []);

    private static KvmHost Object(string name, KvmHostStatus? status = null) =>
        new() { Metadata = new V1ObjectMeta { Name = name }, Spec = SpecSamples.Host.Spec with { MigrationAddress = null }, Status = status };

    private static NfsStore Store(string name, string? exported) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = SpecSamples.Store.Spec with { ExportPath = "/srv/" + name, MountPath = "/mnt/" + name },
        Status = exported is null ? null : new NfsStoreStatus { Conditions = [new V1Condition { Type = NfsStoreConditions.Exported, Status = exported }] },
    };
}
