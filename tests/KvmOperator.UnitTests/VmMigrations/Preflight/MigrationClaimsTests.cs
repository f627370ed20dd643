using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Placement;
using KvmOperator.Planning.Migrations;
using KvmOperator.Runtime.Api;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations.Preflight;
using Xunit;

namespace KvmOperator.UnitTests.VmMigrations.Preflight;

/// <summary>What a move needs, read from its object and its guest's.</summary>
public sealed class MigrationClaimsTests
{
    private static readonly AssumedMove Assumed = new(new EntityKey("default", "xx"), "node3", "node4");

    private static VirtualMachine Guest => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" },
        Spec = Given.Spec(),
        Status = new VirtualMachineStatus { Host = "node1" },
    };

    [Fact]
    public void A_move_that_said_so_waits_for_its_turn_with_its_guests_host_and_its_own_target()
    {
        var claim = MigrationClaims.Of(Waiting(), Guest);

        Assert.Equal(
            new MigrationClaim("uid-of-mm", "default", "mm", "xx", MigrationStanding.Waiting) { Created = DateTime.UnixEpoch, Source = "node1", Target = "node2", Pool = "default" }, claim);
        Assert.Equal((null, null), (MigrationClaims.Of(Waiting(), null).Source, MigrationClaims.Of(Waiting(), null).Pool));
    }

    [Fact]
    public void A_move_with_another_obstacle_or_that_is_let_go_keeps_nobody()
    {
        var stuck = Waiting();
        stuck.Status = stuck.Status! with { Conditions = [new V1Condition { Type = CommonConditions.Succeeded, Reason = CommonReasons.DependencyNotReady }] };
        var paused = Waiting();
        paused.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };
        var deleted = Waiting();
        deleted.Metadata.DeletionTimestamp = DateTime.UnixEpoch;

        Assert.All(new[] { stuck, paused, deleted }, move => Assert.Equal(MigrationStanding.Held, MigrationClaims.Of(move, Guest).Standing));
    }

    [Fact]
    public void A_move_that_has_its_guest_counts_where_it_goes_by_its_own_word()
    {
        var move = Waiting();
        move.Status = new VmMigrationStatus { Phase = VmMigrationPhase.Running, SourceHost = "node5", TargetHost = "node6" };

        Assert.Equal((MigrationStanding.Begun, "node5", "node6"), Of(MigrationClaims.Of(move, Guest)));
        Assert.Equal((MigrationStanding.Begun, "node5", "node6"), Of(MigrationClaims.Of(move, Guest, Assumed)));
    }

    [Fact]
    public void A_move_that_was_given_its_slot_a_moment_ago_has_its_guest_before_that_is_written_down()
    {
        Assert.Equal((MigrationStanding.Begun, "node3", "node4"), Of(MigrationClaims.Of(Waiting(), Guest, Assumed)));
        Assert.Equal((MigrationStanding.Waiting, "node1", "node2"), Of(MigrationClaims.Of(Waiting(), Guest, null)));
    }

    private static (MigrationStanding Standing, string? Source, string? Target) Of(MigrationClaim claim) => (claim.Standing, claim.Source, claim.Target);

    private static VmMigration Waiting() => new()
    {
        Metadata = new V1ObjectMeta { Name = "mm", NamespaceProperty = "default", Uid = "uid-of-mm", CreationTimestamp = DateTime.UnixEpoch },
        Spec = new VmMigrationSpec { VirtualMachineRef = new LocalObjectReference { Name = "xx" }, TargetHostRef = new LocalObjectReference { Name = "node2" } },
        Status = new VmMigrationStatus
        {
            Phase = VmMigrationPhase.Pending,
            Conditions = [new V1Condition { Type = CommonConditions.Succeeded, Reason = VmMigrationReasons.WaitingForSlot }],
        },
    };
}
