using CsCheck;
using KvmOperator.Planning.Relief;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Relief;

/// <summary>Which move relieves a hot host, held against all moves that there are.</summary>
public sealed class ReliefPlannerTests
{
    private const double Exact = 1e-9;

    private static readonly ReliefBudgets Numbers = ReliefBudgets.Default;

    [Fact]
    public void The_best_of_all_single_moves_is_chosen_and_none_exactly_when_none_is_worth_it()
    {
        var moves = 0;
        GivenLoad.Pool.Sample(view => Interlocked.Add(ref moves, Agrees(view) ? 1 : 0), iter: 10_000);

        // Or the pools would show nothing.
        Assert.InRange(moves, 500, 9_500);
    }

    [Fact]
    public void With_loads_that_stay_as_they_are_every_move_makes_the_overload_smaller_and_there_is_an_end() => GivenLoad.Pool.Sample(
        view =>
        {
            var (moves, guests) = (0, view.Hosts.Sum(host => host.Guests.Count));
            for (var potential = Potential(view); ReliefPlanner.Decide(view, Numbers).Best is { } move; potential = Potential(view))
            {
                view = GivenLoad.After(view, move);
                Assert.True(Potential(view) < potential, $"{move} made it worse");
                Assert.True(++moves <= guests, "it does not end");
            }
        },
        iter: 5_000);

    [Fact]
    public void Names_and_order_decide_nothing_but_ties() => GivenLoad.Pool.Sample(
        view => Assert.Equal(
            ReliefPlanner.Decide(view, Numbers).Best,
            ReliefPlanner.Decide(view with { Hosts = [.. view.Hosts.Reverse().Select(host => host with { Guests = [.. host.Guests.Reverse()] })] }, Numbers).Best),
        iter: 1_000);

    [Fact]
    public void One_more_host_that_idles_takes_no_good_move_away() => GivenLoad.Pool.Sample(
        view =>
        {
            var more = view with { Hosts = [.. view.Hosts, GivenLoad.Make("node9", 16, 100, 0, [])] };

            Assert.True((ReliefPlanner.Decide(more, Numbers).Best?.Worth ?? 0) >= (ReliefPlanner.Decide(view, Numbers).Best?.Worth ?? 0) - Exact);
        },
        iter: 1_000);

    [Fact]
    public void Half_the_load_is_nobody_s_trouble() => GivenLoad.Pool.Sample(
        view => Assert.Null(ReliefPlanner.Decide(
            view with { Hosts = [.. view.Hosts.Select(host => host with { Use = host.Use / 2, IsHot = host.Use / 2 >= Numbers.HotUse, Guests = [.. host.Guests.Select(guest => guest with { Cores = guest.Cores / 2 })] })] }, Numbers).Best),
        iter: 1_000);

    [Theory]
    [InlineData(0.04, 0.01)]
    [InlineData(0.84, 0.01)]
    public void Without_a_hot_host_nobody_is_moved_however_uneven_it_is(double one, double other)
    {
        var decision = ReliefPlanner.Decide(GivenLoad.View(Loaded("node1", one), Loaded("node2", other)), Numbers);

        Assert.Null(decision.Hot);
        Assert.Null(decision.Best);
    }

    [Fact]
    public void A_hot_host_is_relieved_once_and_to_a_host_that_stays_cool()
    {
        var view = GivenLoad.View(Loaded("node1", 0.90), Loaded("node2", 0.70), Loaded("node3", 0.30));

        var best = ReliefPlanner.Decide(view, Numbers).Best;

        Assert.Equal("node3", best!.Target);
        Assert.Null(ReliefPlanner.Decide(GivenLoad.After(view, best), Numbers).Best);
        Assert.Contains(
            ReliefPlanner.Decide(view with { Hosts = [.. view.Hosts.Take(2)] }, Numbers).Others,
            other => other.Why.Contains("node2: it would be at", StringComparison.Ordinal) && other.Why.EndsWith("and may be at 70 %", StringComparison.Ordinal));
    }

    [Fact]
    public void A_guest_that_is_the_overload_stays()
    {
        var hog = GivenLoad.Busy("hog", 3.8);
        var view = GivenLoad.View(GivenLoad.Make("node1", 4, 20, 0, [hog]), GivenLoad.Make("node2", 8, 20, 0, []));

        Assert.Equal([new NotChosen("default/hog", "it uses 3.8 of the 3.8 cores that are in use there: a move would move the overload")], ReliefPlanner.Decide(view, Numbers).Others);
    }

    [Theory]
    [InlineData(1, 59, false)]
    [InlineData(1, 60, true)]
    [InlineData(2, 119, false)]
    [InlineData(2, 120, true)]
    [InlineData(9, 479, false)]
    [InlineData(9, 480, true)]
    public void A_guest_that_was_moved_stays_for_a_while_that_doubles(int moves, int minutesAgo, bool isMoved)
    {
        var guest = GivenLoad.Busy("web", 1.2) with { Moves = moves, LastMove = GivenLoad.Now.AddMinutes(-minutesAgo) };
        var view = GivenLoad.View(GivenLoad.Make("node1", 4, 20, 0, [guest, GivenLoad.Busy("other", 2.6) with { Obstacle = "pinned" }]), GivenLoad.Make("node2", 4, 20, 0, []));

        Assert.Equal(isMoved, ReliefPlanner.Decide(view, Numbers).Best is not null);
    }

    [Fact]
    public void Nothing_is_done_while_something_else_goes_on_and_that_is_said()
    {
        var view = GivenLoad.View(Loaded("node1", 0.95), Loaded("node2", 0.10));

        Assert.NotNull(ReliefPlanner.Decide(view, Numbers).Best);
        foreach (var (silent, why) in new[]
        {
            (view with { Busy = "node3 is being drained" }, "node3 is being drained"),
            (view with { LastMove = GivenLoad.Now.AddMinutes(-1) }, "the effects of the last move are waited for until 03:05 UTC"),
            (view with { Watched = TimeSpan.FromMinutes(4) }, "the operator has not watched for long enough yet"),
            (view with { PausedUntil = GivenLoad.Now.AddMinutes(10) }, "moves brought less than half of what was promised; the pool is left alone until 03:14 UTC"),
            (view with { Hosts = [view.Hosts[0], view.Hosts[1] with { Place = view.Hosts[1].Place with { Unavailable = "it is not Ready" } }] }, "the pool has no second host that is Ready"),
        })
        {
            var decision = ReliefPlanner.Decide(silent, Numbers);
            Assert.Null(decision.Best);
            Assert.Equal(why, decision.Silence);
        }
    }

    /// <summary>Only node3 could take node2's large guest, and only as long as it has 10 GiB for it; node2 itself is too busy to take anybody.</summary>
    [Theory]
    [InlineData(12, false)]
    [InlineData(20, true)]
    public void What_the_pool_could_survive_it_can_survive_afterwards(int gigabytes, bool isMoved)
    {
        var pinned = GivenLoad.Busy("one", 1.2, gigabytes: 2) with { Obstacle = "pinned" };
        var view = GivenLoad.View(
            GivenLoad.Make("node1", 4, 12, 0, [GivenLoad.Busy("fat", 1.2, gigabytes: 4), pinned, pinned with { Name = "default/two" }]),
            GivenLoad.Make("node2", 4, 20, 0.65, [GivenLoad.Busy("large", 0, gigabytes: 10)]),
            GivenLoad.Make("node3", 4, gigabytes, 0, []));

        var decision = ReliefPlanner.Decide(view, Numbers with { LeastGain = 0.3 });

        Assert.Equal(isMoved ? "node3" : null, decision.Best?.Target);
        Assert.Equal(!isMoved, decision.Others.Any(other => other.Why.Contains("node3: with it there, the pool could not take all guests of a host that fails any more", StringComparison.Ordinal)));
    }

    [Fact]
    public void Two_moves_in_a_row_that_brought_too_little_are_enough_for_an_hour()
    {
        ReliefOutcome Outcome(double use, int minutesAgo) => new(GivenLoad.Now.AddMinutes(-minutesAgo), new UseChange(0.90, 0.70), use);

        Assert.Null(ReliefReview.PausedUntil([Outcome(0.89, 5)], Numbers));
        Assert.Null(ReliefReview.PausedUntil([Outcome(0.89, 20), Outcome(0.75, 5)], Numbers));
        Assert.Equal(GivenLoad.Now.AddMinutes(55), ReliefReview.PausedUntil([Outcome(0.70, 40), Outcome(0.89, 20), Outcome(0.81, 5)], Numbers));
    }

    [Fact]
    public void The_numbers_hold_and_wrong_ones_are_told()
    {
        Assert.Empty(Numbers.Problems());
        Assert.Contains("targetUse, overload and hotUse must grow", Assert.Single((Numbers with { TargetUse = 0.82, LeastFall = 0.01 }).Problems()), StringComparison.Ordinal);
    }

    /// <summary>Four guests that share what the host does.</summary>
    private static ReliefHost Loaded(string name, double use) => GivenLoad.Make(name, 8, 40, 0, [.. Enumerable.Range(1, 4).Select(number => GivenLoad.Busy($"{name}-{number}", use * 8 / 4))]);

    private static double Potential(ReliefView view) => view.Hosts.Sum(host => Math.Pow(Math.Max(0, host.Use!.Value - Numbers.Overload), 2) * host.Processors);

    /// <summary>Whether there is a move, which planner and oracle say alike.</summary>
    private static bool Agrees(ReliefView view)
    {
        var decision = ReliefPlanner.Decide(view, Numbers);
        var worths = ReliefOracle.Worths(view);

        Assert.Equal(worths.Count > 0, decision.Best is not null);
        if (decision.Best is { } best)
        {
            Assert.Equal(worths.Max(), best.Worth, Exact);
            Assert.True(best.TargetUse.After <= Numbers.TargetUse);
        }

        return decision.Best is not null;
    }
}
