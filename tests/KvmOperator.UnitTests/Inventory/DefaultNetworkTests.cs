using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.KvmHosts;
using Xunit;

namespace KvmOperator.UnitTests.Inventory;

/// <summary>libvirt's default network is asked for where guests may be that name it, and nowhere else.</summary>
public sealed class DefaultNetworkTests
{
    private readonly ObjectStore<VirtualMachine> guests = new(GuestIndexes.All);
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);

    public DefaultNetworkTests()
    {
        hosts.Put(HostRig.Host("node1"), out _);
        hosts.Put(HostRig.Host("node2"), out _);
    }

    [Fact]
    public void A_pool_of_guests_on_bridges_and_other_networks_does_not_need_it()
    {
        Add("a", new VirtualMachineNetwork { Bridge = "br0" });
        Add("b", new VirtualMachineNetwork { Network = "isolated" });

        Assert.Equal([], Needing());
    }

    [Fact]
    public void A_guest_that_names_it_has_it_started_on_the_hosts_of_its_pool_or_on_the_only_one_where_it_may_be()
    {
        var one = Add("one", new VirtualMachineNetwork { Network = "default" }, host: "node2");
        Assert.Equal(["node2"], Needing());
        Assert.Equal(["node2"], DefaultNetwork.HostsOf(one, guests, hosts).Select(key => key.Name));

        Add("elsewhere", new VirtualMachineNetwork { Network = "default" }, pool: "other");
        Assert.Equal(["node2"], Needing());

        var all = Add("all", new VirtualMachineNetwork { Network = "default" });
        Assert.Equal(["node1", "node2"], Needing());
        Assert.Equal(["node1", "node2"], DefaultNetwork.HostsOf(all, guests, hosts).Select(key => key.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_guest_whose_spec_says_nothing_of_networks_is_on_it()
    {
        guests.Put(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "plain", NamespaceProperty = "default", Uid = "plain" }, Spec = new VirtualMachineSpec() }, out _);

        Assert.Equal(["node1", "node2"], Needing());
    }

    [Fact]
    public void Hosts_are_not_woken_by_each_of_many_guests()
    {
        Add("first", new VirtualMachineNetwork { Network = "default" });

        Assert.Empty(DefaultNetwork.HostsOf(Add("second", new VirtualMachineNetwork { Network = "default" }), guests, hosts));
        Assert.False(DefaultNetwork.IsNews(Guest("a", new VirtualMachineNetwork { Network = "default" }), Guest("a", new VirtualMachineNetwork { Network = "default" })));
        Assert.True(DefaultNetwork.IsNews(Guest("a", new VirtualMachineNetwork { Bridge = "br0" }), Guest("a", new VirtualMachineNetwork { Network = "default" })));
    }

    private static VirtualMachine Guest(string name, VirtualMachineNetwork card, string pool = "default", string? host = null) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name },
        Spec = new VirtualMachineSpec
        {
            Networks = [card],
            Placement = new VirtualMachinePlacement { Pool = pool, HostRef = host is null ? null : new LocalObjectReference { Name = host } },
        },
    };

    private VirtualMachine Add(string name, VirtualMachineNetwork card, string pool = "default", string? host = null)
    {
        var guest = Guest(name, card, pool, host);
        guests.Put(guest, out _);
        return guest;
    }

    private IEnumerable<string> Needing() => hosts.List().Where(host => DefaultNetwork.IsNeeded(host, guests)).Select(host => host.Name()).Order(StringComparer.Ordinal);
}
