using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;
using KvmOperator.UnitTests.Api;
using KvmOperator.VirtualMachines;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>What is said of a guest that a move has.</summary>
public sealed class GuestMovesTests
{
    private static readonly DomainObservation Running = Given.Domain(DomainState.Running);
    private static readonly DomainObservation Off = Given.Domain(DomainState.ShutOff);

    [Fact]
    public void A_guest_whose_move_is_not_known_to_go_well_is_not_said_to_run() => Assert.Equal(
        "Unknown OutcomeUnknown: VmMigration move has it: node1 cannot be asked",
        Said(Move(VmMigrationPhase.Running, VmMigrationReasons.OutcomeUnknown, "node1 cannot be asked"), Running));

    [Fact]
    public void A_guest_that_is_off_is_not_said_to_run_while_it_is_moved() =>
        Assert.Equal("True Migrating: it is off and is being moved to another host", Said(Move(VmMigrationPhase.Preparing), Off));

    [Fact]
    public void A_guest_whose_memory_is_sent_runs_wherever_it_was_seen_last()
    {
        const string Runs = "True Migrating: it runs and is being moved to another host";

        Assert.Equal(Runs, Said(Move(VmMigrationPhase.Preparing), Running));
        Assert.Equal(Runs, Said(Move(VmMigrationPhase.Running), Off));
        Assert.Equal(Runs, Said(Move(VmMigrationPhase.Verifying), null));
    }

    [Theory]
    [InlineData(EvictionPolicy.Shutdown, "node1", true, true)]
    [InlineData(EvictionPolicy.LiveMigrate, "node1", true, false)]
    [InlineData(EvictionPolicy.Shutdown, "node2", true, false)]
    [InlineData(EvictionPolicy.Shutdown, "node1", false, false)]
    public void Only_a_drain_of_its_own_host_has_a_guest_shut_down_that_wants_it(EvictionPolicy policy, string leaves, bool isOwn, bool isEvicted)
    {
        var guest = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" }, Spec = Given.Spec() with { Availability = new VirtualMachineAvailability { OnEviction = policy } } };
        var move = Move(VmMigrationPhase.Pending);
        move.Metadata.Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [Labels.Purpose] = Labels.Drain, [Labels.LeavesHost] = leaves };
        if (isOwn)
        {
            move.Metadata.Labels[Labels.CreatedBy] = Labels.Operator;
        }

        Assert.Equal(isEvicted, GuestMoves.IsEvicted(guest, new GuestLocation(["node1"], [], [], null, Running), [move]));
        Assert.False(GuestMoves.IsEvicted(guest, new GuestLocation([], ["node1"], [], null, Off), [move]));
    }

    [Theory]
    [InlineData("""{"spec": {"virtualMachineRef": {"name": "xx"}}, "status": {"phase": "Running"}}""", true)]
    [InlineData("""{"spec": {"virtualMachineRef": {"name": "xx"}}, "status": {"phase": "Teleporting"}}""", true)]
    [InlineData("""{"status": {"phase": "Verifying"}}""", true)]
    [InlineData("""{"spec": {"virtualMachineRef": {"name": "another"}}, "status": {"phase": "Running"}}""", false)]
    [InlineData("""{"spec": {"virtualMachineRef": {"name": "xx"}}, "status": {"phase": "Succeeded"}}""", false)]
    [InlineData("""{"spec": {"virtualMachineRef": {"name": "xx"}}, "status": {"phase": "Preflight"}}""", false)]
    [InlineData("""{"spec": {"virtualMachineRef": {"name": "xx"}}}""", false)]
    public void A_move_that_cannot_be_read_may_have_its_guest(string content, bool may)
    {
        var moves = new ObjectStore<VmMigration>(MoveIndexes.All);
        moves.PutUndecodable(Unread.Object("default", "later", content));
        moves.PutUndecodable(Unread.Object("other", "elsewhere", """{"status": {"phase": "Running"}}"""));
        var guest = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" } };

        Assert.Equal(may, GuestMoves.Unreadable(guest, moves) is not null);
    }

    [Theory]
    [InlineData(VmMigrationPhase.Preflight, false)]
    [InlineData(VmMigrationPhase.Verifying, true)]
    [InlineData(VmMigrationPhase.Failed, false)]
    public void Only_a_move_that_is_under_way_has_the_guest(VmMigrationPhase phase, bool has)
    {
        var machine = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" } };

        Assert.Equal(has, GuestMoves.IsMoving(machine, [Move(phase)]));
        Assert.False(GuestMoves.IsMoving(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "other" } }, [Move(phase)]));
    }

    private static string Said(VmMigration move, DomainObservation? domain)
    {
        var conditions = new ConditionList([], VirtualMachineConditions.All, 1, new FakeTimeProvider());
        GuestMoves.Tell(conditions, move, domain);
        var ready = conditions.Find(CommonConditions.Ready)!;
        return $"{ready.Status} {ready.Reason}: {ready.Message}";
    }

    [Fact]
    public void A_guest_is_woken_by_what_its_move_says_of_it_and_not_by_each_step_of_its_progress()
    {
        var running = Move(VmMigrationPhase.Running);
        var further = Move(VmMigrationPhase.Running);
        further.Status = further.Status! with { Progress = new KvmOperator.Api.VmMigrations.MigrationProgress { Percent = 50 } };
        Assert.False(GuestMoves.IsNews(running, further));

        Assert.True(GuestMoves.IsNews(running, Move(VmMigrationPhase.Verifying)));
        var unknown = Move(VmMigrationPhase.Running);
        unknown.Status = unknown.Status! with { Conditions = [new V1Condition { Type = CommonConditions.Succeeded, Status = "Unknown", Reason = VmMigrationReasons.OutcomeUnknown, Message = "silent" }] };
        Assert.True(GuestMoves.IsNews(running, unknown));
    }

    private static VmMigration Move(VmMigrationPhase phase, string reason = CommonReasons.InProgress, string message = "") => new()
    {
        Metadata = new V1ObjectMeta { Name = "move", NamespaceProperty = "default" },
        Spec = new VmMigrationSpec { VirtualMachineRef = SpecSamples.Named("xx") },
        Status = new VmMigrationStatus { Phase = phase, Conditions = [new V1Condition { Type = CommonConditions.Succeeded, Status = "Unknown", Reason = reason, Message = message }] },
    };
}
