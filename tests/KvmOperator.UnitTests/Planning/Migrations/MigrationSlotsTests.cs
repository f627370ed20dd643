using KvmOperator.Planning.Migrations;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Migrations;

/// <summary>Which move begins, and which waits for which.</summary>
public sealed class MigrationSlotsTests
{
    private static readonly DateTime Morning = new(2026, 1, 1, 8, 0, 0, DateTimeKind.Utc);

    private MigrationLimits limits = new(InAll, null, 1);

    private const int InAll = 5;

    [Fact]
    public void A_guest_takes_part_in_one_move_and_each_end_of_a_host_in_as_many_as_may()
    {
        var running = Begun("one", "aa", "node1", "node2");

        Assert.Contains("moved already", Wait(Pending("two", "aa", "node3", "node4"), running), StringComparison.Ordinal);
        Assert.Equal("1 moves out of node1 run already, at most 1 do", Wait(Pending("two", "bb", "node1", "node4"), running));
        Assert.Equal("1 moves to node2 run already, at most 1 do", Wait(Pending("two", "bb", "node3", "node2"), running));
        Assert.Null(Wait(Pending("two", "bb", "node2", "node1"), running));
        Assert.Null(Wait(Pending("two", "bb", "node3", "node4"), running));

        limits = limits with { OutOfHost = 2 };
        Assert.Null(Wait(Pending("two", "bb", "node1", "node2"), running));
        Assert.NotNull(Wait(Pending("two", "bb", "node1", "node2"), running, Begun("three", "cc", "node1", "node3")));
    }

    [Fact]
    public void A_pool_may_have_a_limit_of_its_own()
    {
        limits = limits with { InPool = 1 };
        var running = Begun("one", "aa", "node1", "node2");

        Assert.Equal("1 moves run already in the pool default, at most 1 do", Wait(Pending("two", "bb", "node3", "node4"), running));
        Assert.Null(Wait(Pending("two", "bb", "node3", "node4") with { Pool = "other" }, running));
    }

    [Fact]
    public void Of_many_that_leave_one_host_as_many_go_as_may_and_others_do_not_wait_for_all_of_them()
    {
        limits = limits with { OutOfHost = 2 };
        var waiting = Enumerable.Range(0, 10).Select(index => Waiting($"m{index}", index, "node1", $"t{index}")).ToList();

        Assert.Null(Wait(waiting[0], [.. waiting.Skip(1)]));
        Assert.Null(Wait(waiting[1], [.. waiting.Where((_, index) => index != 1)]));
        Assert.NotNull(Wait(waiting[2], [.. waiting.Where((_, index) => index != 2)]));
        Assert.Null(Wait(Waiting("elsewhere", 20, "node3", "node4"), [.. waiting]));
    }

    [Fact]
    public void No_more_moves_run_than_the_network_is_thought_to_take()
    {
        var many = Enumerable.Range(0, InAll).Select(index => Begun($"m{index}", $"g{index}", $"s{index}", $"t{index}")).ToArray();

        Assert.Contains("at most", Wait(Pending("two", "bb", "node3", "node4"), many), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_that_wait_for_the_same_host_the_older_one_goes_first_and_of_two_of_one_age_the_one_whose_name_comes_first()
    {
        var older = Waiting("zz", 0, "node1", "node2");
        var younger = Waiting("bb", 1, "node1", "node3");
        var twin = Waiting("aa", 1, "node1", "node5");

        Assert.Null(Wait(older, younger, twin));
        Assert.Equal("default/zz is older, needs a host that this move needs, and goes first", Wait(younger, older));
        Assert.Null(Wait(twin, younger));
        Assert.NotNull(Wait(younger, twin));
    }

    [Fact]
    public void A_younger_move_that_needs_other_hosts_need_not_wait_for_an_older_one()
    {
        var running = Begun("running", "rr", "node1", "node9");

        Assert.Null(Wait(Waiting("younger", 1, "node3", "node4"), running, Waiting("older", 0, "node1", "node2")));
        Assert.NotNull(Wait(Waiting("younger", 1, "node3", "node2"), running, Waiting("older", 0, "node1", "node2")));
        // Its own host is busy, so a target is of no use to it yet.
        Assert.Null(Wait(Waiting("younger", 1, "node3", "node4"), running, Waiting("older", 0, "node1", null)));
    }

    [Fact]
    public void A_move_that_takes_any_target_gets_the_first_that_becomes_free()
    {
        var older = Waiting("older", 0, "node1", null);

        Assert.NotNull(Wait(Waiting("younger", 1, "node3", "node4"), older));
        Assert.Null(Wait(Waiting("younger", 1, "node3", "node4", pool: "other"), older));
        Assert.Null(Wait(older, Waiting("younger", 1, "node3", "node4")));
    }

    [Fact]
    public void An_older_move_that_waits_for_anything_but_its_turn_keeps_nobody()
    {
        var older = Waiting("older", 0, "node1", "node2");

        Assert.NotNull(Wait(Waiting("younger", 1, "node1", "node2"), older));
        Assert.Null(Wait(Waiting("younger", 1, "node1", "node2"), older with { Standing = MigrationStanding.Held }));
    }

    [Fact]
    public void The_last_slot_is_the_oldest_moves()
    {
        var running = Enumerable.Range(0, InAll - 1).Select(index => Begun($"m{index}", $"g{index}", $"s{index}", $"t{index}")).ToList();
        var older = Waiting("older", 0, "node1", "node2");
        var younger = Waiting("younger", 1, "node3", "node4");

        Assert.Null(Wait(older, [.. running, younger]));
        Assert.Contains("default/older", Wait(younger, [.. running, older]), StringComparison.Ordinal);
    }

    private string? Wait(MigrationClaim claim, params IReadOnlyList<MigrationClaim> others) => MigrationSlots.Wait(claim, [.. others, claim], _ => limits);

    private static MigrationClaim Pending(string name, string guest, string source, string target) => Move(name, guest, MigrationStanding.Held) with { Source = source, Target = target };

    private static MigrationClaim Begun(string name, string guest, string source, string target) => Move(name, guest, MigrationStanding.Begun) with { Source = source, Target = target };

    /// <summary>A move that said that it waits for its turn, with a guest of its own.</summary>
    private static MigrationClaim Waiting(string name, int hour, string source, string? target, string pool = "default") =>
        Move(name, name, MigrationStanding.Waiting) with { Created = Morning.AddHours(hour), Source = source, Target = target, Pool = pool };

    private static MigrationClaim Move(string name, string guest, MigrationStanding standing) => new(name, "default", name, guest, standing) { Pool = "default" };
}
