using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Places;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Places;

/// <summary>What of a host is taken: by whoever runs there, will run there, or is on the way.</summary>
public sealed class GuestPlacesTests
{
    private const long MebiByte = 1L << 20;

    private static readonly VirtualMachine Wanting = Machine("wanting");

    [Fact]
    public void A_guest_on_its_way_takes_room_where_it_arrives_and_where_it_is()
    {
        var moving = Machine("moving", host: "node1", group: "web");
        var move = new VmMigration
        {
            Metadata = new V1ObjectMeta { Name = "move", NamespaceProperty = "default" },
            Spec = new VmMigrationSpec { VirtualMachineRef = SpecSamples.Named("moving") },
            Status = new VmMigrationStatus { Phase = VmMigrationPhase.Running, TargetHost = "node2" },
        };

        foreach (var place in Places([moving], _ => Given.Host(), [move]))
        {
            Assert.Equal(256 * MebiByte, place.AllocatedMemoryBytes);
            Assert.Equal(["default/web"], place.AntiAffinityGroups);
        }

        move.Status = move.Status with { Phase = VmMigrationPhase.Succeeded };
        Assert.Equal(0, Places([moving], _ => Given.Host(), [move])[1].AllocatedMemoryBytes);
    }

    [Fact]
    public void A_guest_takes_room_where_it_runs_once_whatever_its_object_says()
    {
        HostObservation Seen(string _) => Given.Host(Given.Domain(DomainState.Running));

        Assert.Equal(256 * MebiByte, Places([], Seen)[0].AllocatedMemoryBytes);
        Assert.Equal(256 * MebiByte, Places([Machine("xx")], Seen)[0].AllocatedMemoryBytes);
        Assert.Equal(256 * MebiByte, Places([Machine("xx", host: "node1")], Seen)[0].AllocatedMemoryBytes);
        Assert.Equal(256 * MebiByte, Places([Machine("xx", host: "node1", strategy: RunStrategy.Halted)], Seen)[0].AllocatedMemoryBytes);
        Assert.Equal(0, Places([Machine("xx", host: "node1", strategy: RunStrategy.Halted)], _ => Given.Host())[0].AllocatedMemoryBytes);
    }

    [Fact]
    public void A_guest_that_was_placed_a_moment_ago_takes_room_before_the_store_shows_it()
    {
        var clock = new FakeTimeProvider();
        using var gate = new PlacementGate(clock);
        var placed = Machine("placed");
        Assert.Equal(0, Places(gate.Newest([placed]), _ => Given.Host())[0].AllocatedMemoryBytes);

        gate.Placed(EntityKey.Of(placed), "node1");
        Assert.Equal(256 * MebiByte, Places(gate.Newest([placed]), _ => Given.Host())[0].AllocatedMemoryBytes);

        // What the store shows counts, and what it never shows is forgotten.
        placed.Status = new VirtualMachineStatus { Host = "node2" };
        Assert.Equal(0, Places(gate.Newest([placed]), _ => Given.Host())[0].AllocatedMemoryBytes);
        placed.Status = null;
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, Places(gate.Newest([placed]), _ => Given.Host())[0].AllocatedMemoryBytes);
    }

    [Fact]
    public void Of_two_guests_for_which_there_is_no_room_one_does_not_wait_for_the_other()
    {
        var refused = Machine("refused", host: "node1");
        refused.Status = refused.Status! with { Conditions = [new V1Condition { Type = VirtualMachineConditions.Running, Status = "False", Reason = VirtualMachineReasons.NoHostFits }] };

        Assert.Equal(0, Places([refused], _ => Given.Host())[0].AllocatedMemoryBytes);
    }

    [Theory]
    [InlineData(HostMode.Active, true, true)]
    [InlineData(HostMode.Cordoned, false, true)]
    [InlineData(HostMode.Maintenance, false, false)]
    public void A_cordoned_host_starts_the_guests_that_live_there_and_one_in_maintenance_starts_none(HostMode mode, bool takes, bool starts)
    {
        var host = Host("node1");
        host.Spec = host.Spec with { Mode = mode };

        Assert.Equal(takes, GuestPlaces.Hosts([host], [], [], Wanting, _ => Given.Host())[0].Unavailable is null);
        Assert.Equal(starts, GuestPlaces.Home(host, [], [], Wanting, Given.Host(), []).Unavailable is null);
    }

    [Fact]
    public void A_guest_that_is_off_is_not_started_where_its_spec_forbids_it()
    {
        var pinned = Machine("pinned", host: "node1");
        pinned.Spec = pinned.Spec with { Disks = [], Placement = pinned.Spec.Placement with { HostRef = SpecSamples.Named("node2") } };

        Assert.Equal("spec.placement.hostRef asks for node2", PlacementPlanner.Refuse(GuestPlaces.Guest(pinned), GuestPlaces.Home(Host("node1"), [], [pinned], pinned, Given.Host(), [])));
        Assert.Null(PlacementPlanner.Refuse(GuestPlaces.Guest(pinned), GuestPlaces.Home(Host("node2"), [], [pinned], pinned, Given.Host(), [])));
    }

    private static IReadOnlyList<PlacementHost> Places(IReadOnlyCollection<VirtualMachine> machines, Func<string, HostObservation?> observed, params VmMigration[] moves) =>
        GuestPlaces.Hosts([Host("node1"), Host("node2")], [], machines, Wanting, observed, moves);

    private static KvmHost Host(string name)
    {
        var host = SpecSamples.Host;
        host.Metadata.Name = name;
        host.Status = new KvmHostStatus
        {
            Capacity = new HostCapacity { AllocatableCpus = 8, AllocatableMemoryBytes = 1024 * MebiByte },
            Conditions = [new V1Condition { Type = CommonConditions.Ready, Status = "True" }],
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
