using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Settings;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Preflight;
using Xunit;

namespace KvmOperator.UnitTests.VmMigrations.Preflight;

/// <summary>Which move begins, and which waits for which.</summary>
public sealed class MigrationSlotsTests
{
    private static readonly DateTime Morning = new(2026, 1, 1, 8, 0, 0, DateTimeKind.Utc);

    private MigrationLimits limits = new(InAll, null, 1);

    private const int InAll = 5;

    [Fact]
    public void A_guest_takes_part_in_one_move_and_each_end_of_a_host_in_as_many_as_may()
    {
        var running = Move("one", "aa", VmMigrationPhase.Running, "node1", "node2");

        Assert.Contains("moved already", Wait(Pending("two", "aa", "node3", "node4"), running), StringComparison.Ordinal);
        Assert.Equal("1 moves out of node1 run already, at most 1 do", Wait(Pending("two", "bb", "node1", "node4"), running));
        Assert.Equal("1 moves to node2 run already, at most 1 do", Wait(Pending("two", "bb", "node3", "node2"), running));
        Assert.Null(Wait(Pending("two", "bb", "node2", "node1"), running));
        Assert.Null(Wait(Pending("two", "bb", "node3", "node4"), running));

        limits = limits with { OutOfHost = 2 };
        Assert.Null(Wait(Pending("two", "bb", "node1", "node2"), running));
        Assert.NotNull(Wait(Pending("two", "bb", "node1", "node2"), running, Move("three", "cc", VmMigrationPhase.Preparing, "node1", "node3")));
    }

    [Fact]
    public void A_pool_may_have_a_limit_of_its_own()
    {
        limits = limits with { InPool = 1 };
        var running = Move("one", "aa", VmMigrationPhase.Running, "node1", "node2");

        Assert.Equal("1 moves run already in the pool default, at most 1 do", Wait(Pending("two", "bb", "node3", "node4"), running));
        Assert.Null(Wait(Pending("two", "bb", "node3", "node4") with { Pool = "other" }, running));
    }

    [Fact]
    public void Of_many_that_leave_one_host_as_many_go_as_may_and_others_do_not_wait_for_all_of_them()
    {
        limits = limits with { OutOfHost = 2 };
        var waiting = Enumerable.Range(0, 10).Select(index => Waiting($"m{index}", index, "node1", $"t{index}")).ToList();

        Assert.Null(Wait(waiting[0], [.. waiting.Skip(1).Select(claim => claim.Move)]));
        Assert.Null(Wait(waiting[1], [.. waiting.Where((_, index) => index != 1).Select(claim => claim.Move)]));
        Assert.NotNull(Wait(waiting[2], [.. waiting.Where((_, index) => index != 2).Select(claim => claim.Move)]));
        Assert.Null(Wait(Waiting("elsewhere", 20, "node3", "node4"), [.. waiting.Select(claim => claim.Move)]));
    }

    [Fact]
    public void A_guest_takes_part_in_no_move_that_is_over()
    {
        Assert.Null(Wait(Pending("two", "aa", "node1", "node2"), Move("one", "aa", VmMigrationPhase.Succeeded, "node1", "node2")));
    }

    [Fact]
    public void No_more_moves_run_than_the_network_is_thought_to_take()
    {
        var many = Enumerable.Range(0, InAll).Select(index => Move($"m{index}", $"g{index}", VmMigrationPhase.Running, $"s{index}", $"t{index}")).ToArray();

        Assert.Contains("at most", Wait(Pending("two", "bb", "node3", "node4"), many), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_that_wait_for_the_same_host_the_older_one_goes_first_and_of_two_of_one_age_the_one_whose_name_comes_first()
    {
        var older = Waiting("zz", 0, "node1", "node2");
        var younger = Waiting("bb", 1, "node1", "node3");
        var twin = Waiting("aa", 1, "node1", "node5");

        Assert.Null(Wait(older, younger.Move, twin.Move));
        Assert.Equal("default/zz is older, needs a host that this move needs, and goes first", Wait(younger, older.Move));
        Assert.Null(Wait(twin, younger.Move));
        Assert.NotNull(Wait(younger, twin.Move));
    }

    [Fact]
    public void A_younger_move_that_needs_other_hosts_need_not_wait_for_an_older_one()
    {
        var running = Move("running", "rr", VmMigrationPhase.Running, "node1", "node9");

        Assert.Null(Wait(Waiting("younger", 1, "node3", "node4"), running, Waiting("older", 0, "node1", "node2").Move));
        Assert.NotNull(Wait(Waiting("younger", 1, "node3", "node2"), running, Waiting("older", 0, "node1", "node2").Move));
        // Its own host is busy, so a target is of no use to it yet.
        Assert.Null(Wait(Waiting("younger", 1, "node3", "node4"), running, Waiting("older", 0, "node1", null).Move));
    }

    [Fact]
    public void A_move_that_takes_any_target_gets_the_first_that_becomes_free()
    {
        var older = Waiting("older", 0, "node1", null);

        Assert.NotNull(Wait(Waiting("younger", 1, "node3", "node4"), older.Move));
        Assert.Null(Wait(Waiting("younger", 1, "node3", "node4", pool: "other"), older.Move));
        Assert.Null(Wait(older, Waiting("younger", 1, "node3", "node4").Move));
    }

    [Fact]
    public void An_older_move_that_waits_for_anything_but_its_turn_keeps_nobody()
    {
        var younger = Waiting("younger", 1, "node1", "node2");
        var stuck = Waiting("older", 0, "node1", "node2").Move;
        stuck.Status = stuck.Status! with { Conditions = [new V1Condition { Type = CommonConditions.Succeeded, Reason = CommonReasons.DependencyNotReady }] };
        Assert.Null(Wait(younger, stuck));

        var paused = Waiting("older", 0, "node1", "node2").Move;
        paused.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };
        Assert.Null(Wait(younger, paused));

        var deleted = Waiting("older", 0, "node1", "node2").Move;
        deleted.Metadata.DeletionTimestamp = Morning;
        Assert.Null(Wait(younger, deleted));
    }

    [Fact]
    public void The_last_slot_is_the_oldest_moves()
    {
        var running = Enumerable.Range(0, InAll - 1).Select(index => Move($"m{index}", $"g{index}", VmMigrationPhase.Running, $"s{index}", $"t{index}")).ToList();
        var older = Waiting("older", 0, "node1", "node2");
        var younger = Waiting("younger", 1, "node3", "node4");

        Assert.Null(Wait(older, [.. running, younger.Move]));
        Assert.Contains("default/older", Wait(younger, [.. running, older.Move]), StringComparison.Ordinal);
    }

    private string? Wait(MigrationClaim claim, params VmMigration[] others) =>
        MigrationSlots.Wait(claim, [.. others, claim.Move], move => new MigrationClaim(move, move.Status!.SourceHost, move.Spec.TargetHostRef?.Name, "default"), _ => limits);

    private static MigrationClaim Pending(string name, string guest, string source, string target) => new(Move(name, guest, VmMigrationPhase.Pending), source, target, "default");

    /// <summary>A move that said that it waits for its turn, with a guest of its own.</summary>
    private static MigrationClaim Waiting(string name, int hour, string source, string? target, string pool = "default")
    {
        var move = Move(name, name, VmMigrationPhase.Pending, source);
        move.Metadata.CreationTimestamp = Morning.AddHours(hour);
        move.Spec = move.Spec with { TargetHostRef = target is null ? null : new LocalObjectReference { Name = target } };
        move.Status = move.Status! with { Conditions = [new V1Condition { Type = CommonConditions.Succeeded, Reason = VmMigrationReasons.WaitingForSlot }] };
        return new MigrationClaim(move, source, target, pool);
    }

    private static VmMigration Move(string name, string guest, VmMigrationPhase phase, string? source = null, string? target = null) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name },
        Spec = new VmMigrationSpec { VirtualMachineRef = new LocalObjectReference { Name = guest } },
        Status = new VmMigrationStatus { Phase = phase, SourceHost = source, TargetHost = target },
    };
}
