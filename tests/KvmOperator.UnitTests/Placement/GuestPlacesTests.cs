using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.NfsStores;
using KvmOperator.UnitTests.VirtualMachines;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Placement;

/// <summary>What of a host is taken: by whoever runs there, will run there, or is on the way.</summary>
public sealed class GuestPlacesTests
{
    private const long MebiByte = 1L << 20;

    /// <summary>What one of the guests takes with its QEMU.</summary>
    private static readonly long Taken = (256 * MebiByte) + QemuMemory.OverheadBytes(1, 256 * MebiByte);

    private static readonly VirtualMachine Wanting = Machine("wanting");

    private readonly FakeTimeProvider clock = new();
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<VirtualMachine> machines = new(GuestIndexes.All);
    private readonly ObjectStore<VmMigration> moves = new(MoveIndexes.All);
    private readonly FrozenServer observer = new();
    private readonly HostObservations observations;
    private readonly PlacementGate gate;
    private readonly GuestPlaces places;

    public GuestPlacesTests()
    {
        observations = new HostObservations(observer, new DomainIndex(), hosts, new HostRig.Wakes<KvmHost>(), new HostRig.Wakes<VirtualMachine>(), HostRig.LookMetrics(), clock);
        gate = new PlacementGate(clock);
        places = new GuestPlaces(new PoolViews(hosts), new HostLoads(observations, machines, moves, gate), new StoreAccessView(stores), observations, hosts);
        hosts.Put(Host("node1"), out _);
        hosts.Put(Host("node2"), out _);
    }

    [Fact]
    public async Task A_guest_wants_the_networks_and_bridges_that_it_names_and_a_host_has_those_that_were_seen()
    {
        await SeeAsync(Given.Host() with { Networks = ["default"], Bridges = ["virbr0"] });
        var guest = Machine("wanting");
        guest.Spec = guest.Spec with
        {
            Disks = [],
            Networks = [new VirtualMachineNetwork { Network = "default" }, new VirtualMachineNetwork { Network = "lan" }, new VirtualMachineNetwork { Bridge = "br-dmz" }],
        };

        var wanted = GuestPlaces.Guest(guest);

        // The preparation makes the default one.
        Assert.Equal(["lan"], wanted.Networks);
        Assert.Equal(["br-dmz"], wanted.Bridges);
        Assert.Contains("no active network lan", PlacementPlanner.Refuse(wanted, Places()[0]), StringComparison.Ordinal);
        await SeeAsync(Given.Host() with { Networks = ["default", "lan"], Bridges = ["virbr0", "br-dmz"] });
        Assert.Null(PlacementPlanner.Refuse(wanted, Places()[0]));
    }

    [Fact]
    public async Task Starting_at_home_takes_KVM_libvirt_and_nothing_else()
    {
        await SeeAsync(Given.Host());
        var home = Host("node1");
        home.Status = home.Status! with
        {
            Conditions =
            [
                new V1Condition { Type = CommonConditions.Ready, Status = "False", Reason = KvmHostConditions.TimeSynchronized, Message = "Not synchronised" },
                new V1Condition { Type = KvmHostConditions.VirtualizationReady, Status = "True", Reason = CommonReasons.AsExpected, Message = "well" },
            ],
        };
        hosts.Remove(EntityKey.Of(home));
        hosts.Put(home, out _);

        Assert.Null(places.Home(home, Wanting).Unavailable);
        Assert.Contains("not Ready", places.Host("node1", Wanting)!.Unavailable, StringComparison.Ordinal);

        home.Status = home.Status with { Conditions = [new V1Condition { Type = KvmHostConditions.VirtualizationReady, Status = "False", Reason = CommonReasons.StepFailed, Message = "there is no /dev/kvm." }] };
        Assert.Equal("there is no /dev/kvm", places.Home(home, Wanting).Unavailable);
        await SeeAsync(Given.Host() with { LibvirtAnswers = false });
        Assert.Contains("libvirt", places.Home(home, Wanting).Unavailable, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_on_its_way_takes_room_where_it_arrives_and_where_it_is()
    {
        Add(Machine("moving", host: "node1", group: "web"));
        var move = Move("moving", VmMigrationPhase.Running, 1);
        moves.Put(move, out _);

        foreach (var place in Places())
        {
            Assert.Equal(Taken, place.AllocatedMemoryBytes);
            Assert.Equal(["default/web"], place.AntiAffinityGroups);
        }

        moves.Put(Move("moving", VmMigrationPhase.Succeeded, 2), out _);
        Assert.Equal(0, Places()[1].AllocatedMemoryBytes);
    }

    [Fact]
    public async Task A_guest_takes_room_where_it_runs_once_whatever_its_object_says()
    {
        await SeeAsync(Given.Host(Given.Domain(DomainState.Running)));
        Assert.Equal(Taken, Places()[0].AllocatedMemoryBytes);

        foreach (var machine in new[] { Machine("xx"), Machine("xx", host: "node1"), Machine("xx", host: "node1", strategy: RunStrategy.Halted) })
        {
            Add(machine);
            Assert.Equal(Taken, Places()[0].AllocatedMemoryBytes);
        }

        await SeeAsync(Given.Host());
        Assert.Equal(0, Places()[0].AllocatedMemoryBytes);
    }

    [Fact]
    public async Task What_a_guest_has_itself_does_not_keep_it_from_a_place()
    {
        await SeeAsync(Given.Host(Given.Domain(DomainState.Running)));
        Add(Machine("xx", host: "node1", group: "web"));
        Add(Machine("other", host: "node1", group: "web"));

        var place = places.Home(Host("node1"), Machine("xx", host: "node1", group: "web"));
        Assert.Equal(256 * MebiByte, place.AllocatedMemoryBytes);
        Assert.Equal(["default/web"], place.AntiAffinityGroups);
    }

    [Fact]
    public void Sums_follow_what_the_store_shows()
    {
        Add(Machine("one", host: "node1"));
        Assert.Equal(1, Places()[0].AllocatedCpus);

        var larger = Machine("one", host: "node1");
        larger.Spec = larger.Spec with { Vcpus = 4 };
        Add(larger);
        Assert.Equal(4, Places()[0].AllocatedCpus);

        machines.Remove(EntityKey.Of(larger));
        Assert.Equal(0, Places()[0].AllocatedCpus);
    }

    [Fact]
    public void A_guest_that_was_placed_a_moment_ago_takes_room_before_the_store_shows_it()
    {
        var placed = Machine("placed");
        Add(placed);
        Assert.Equal(0, Places()[0].AllocatedMemoryBytes);

        gate.Placed(EntityKey.Of(placed), "node1");
        Assert.Equal(Taken, Places()[0].AllocatedMemoryBytes);

        // What the store shows is counted once.
        Add(Machine("placed", host: "node1"));
        Assert.Equal(Taken, Places()[0].AllocatedMemoryBytes);

        // What was written elsewhere, or never, is given back.
        Add(Machine("placed"));
        gate.Written(EntityKey.Of(placed));
        Assert.Equal(0, Places()[0].AllocatedMemoryBytes);
        gate.Placed(EntityKey.Of(placed), "node1");
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, Places()[0].AllocatedMemoryBytes);
    }

    [Fact]
    public void A_move_that_was_given_a_slot_a_moment_ago_takes_room_on_its_target()
    {
        Add(Machine("moving", host: "node1"));
        gate.Begun(new EntityKey("default", "move"), new AssumedMove(new EntityKey("default", "moving"), "node1", "node2"));
        Assert.Equal(Taken, Places()[1].AllocatedMemoryBytes);

        gate.Written(new EntityKey("default", "move"));
        Assert.Equal(0, Places()[1].AllocatedMemoryBytes);
    }

    [Fact]
    public void Of_two_guests_for_which_there_is_no_room_one_does_not_wait_for_the_other()
    {
        var refused = Machine("refused", host: "node1");
        refused.Status = refused.Status! with { Conditions = [new V1Condition { Type = VirtualMachineConditions.Running, Status = "False", Reason = VirtualMachineReasons.NoHostFits }] };
        Add(refused);

        Assert.Equal(0, Places()[0].AllocatedMemoryBytes);
    }

    [Theory]
    [InlineData(HostMode.Active, true, true)]
    [InlineData(HostMode.Cordoned, false, true)]
    [InlineData(HostMode.Maintenance, false, false)]
    public async Task A_cordoned_host_starts_the_guests_that_live_there_and_one_in_maintenance_starts_none(HostMode mode, bool takes, bool starts)
    {
        var host = Host("node1");
        host.Spec = host.Spec with { Mode = mode };
        hosts.Remove(EntityKey.Of(host));
        hosts.Put(host, out _);
        await SeeAsync(Given.Host());

        Assert.Equal(takes, Places()[0].Unavailable is null);
        Assert.Equal(starts, places.Home(host, Wanting).Unavailable is null);
    }

    [Fact]
    public async Task A_guest_that_is_off_is_not_started_where_its_spec_forbids_it()
    {
        await SeeAsync(Given.Host());
        var pinned = Machine("pinned", host: "node1");
        pinned.Spec = pinned.Spec with { Disks = [], Placement = pinned.Spec.Placement with { HostRef = SpecSamples.Named("node2") } };
        Add(pinned);

        Assert.Equal("spec.placement.hostRef asks for node2", PlacementPlanner.Refuse(GuestPlaces.Guest(pinned), places.Home(Host("node1"), pinned)));
        Assert.Null(PlacementPlanner.Refuse(GuestPlaces.Guest(pinned), places.Home(Host("node2"), pinned)));
    }

    [Fact]
    public void A_host_can_use_the_stores_that_say_so()
    {
        var store = SpecSamples.Store;
        store.Spec = store.Spec with { Pool = Host("node1").Spec.Pool };
        store.Status = new NfsStoreStatus { Mounts = [new StoreMount { Host = "node1", Ready = true }, new StoreMount { Host = "node2", Ready = false }] };
        stores.Put(store, out _);

        Assert.Equal([store.Name()], Places()[0].Stores);
        Assert.Empty(Places()[1].Stores);
    }

    private IReadOnlyList<PlacementHost> Places() => places.Hosts(Wanting);

    private void Add(VirtualMachine machine)
    {
        machines.Remove(EntityKey.Of(machine));
        machines.Put(machine, out _);
    }

    private async Task SeeAsync(HostObservation seen)
    {
        foreach (var name in new[] { "node1", "node2" })
        {
            observer.Seen = name == "node1" ? seen : Given.Host() with { BootId = "another" };
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await observations.LookAsync(name, observer, [], TestContext.Current.CancellationToken);
        }
    }

    private static VmMigration Move(string guest, VmMigrationPhase phase, int version) => new()
    {
        Metadata = new V1ObjectMeta { Name = "move", NamespaceProperty = "default", Uid = "move", ResourceVersion = $"{version}" },
        Spec = new VmMigrationSpec { VirtualMachineRef = SpecSamples.Named(guest) },
        Status = new VmMigrationStatus { Phase = phase, TargetHost = "node2" },
    };

    private static KvmHost Host(string name)
    {
        var host = SpecSamples.Host;
        host.Metadata.Name = name;
        host.Spec = host.Spec with { Pool = "default" };
        host.Status = new KvmHostStatus
        {
            Capacity = new HostCapacity { AllocatableCpus = 8, AllocatableMemoryBytes = 1024 * MebiByte },
            Conditions = [new V1Condition { Type = CommonConditions.Ready, Status = "True" }, new V1Condition { Type = KvmHostConditions.VirtualizationReady, Status = "True" }],
        };
        return host;
    }

    private static VirtualMachine Machine(string name, string? host = null, string? group = null, RunStrategy strategy = RunStrategy.Always) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = Given.Spec(strategy) with { Placement = new VirtualMachinePlacement { AntiAffinity = group is null ? [] : [group] } },
        Status = host is null ? null : new VirtualMachineStatus { Host = host },
    };
}
