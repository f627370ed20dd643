using KvmOperator.Planning.Relief;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Relief;

/// <summary>Relief over time, with the numbers as they are by default: what it moves, and above all what it does not.</summary>
public sealed class LoadedPoolTests
{
    [Fact]
    public void A_host_that_stays_hot_loses_one_guest_and_then_there_is_peace()
    {
        var pool = new LoadedPool(4, 4);
        for (var number = 1; number <= 4; number++)
        {
            pool.Add($"guest{number}", "node1", (_, _) => 0.95);
        }

        pool.Run(TimeSpan.FromHours(2));

        var (at, move) = Assert.Single(pool.Moves);
        Assert.Equal("node2", move.Target);

        // Not before it was watched for five minutes.
        Assert.InRange(at, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
    }

    /// <summary>Half a minute of everything, half a minute of nothing, for ten minutes.</summary>
    [Theory]
    [InlineData(30)]
    [InlineData(60)]
    public void A_square_wave_moves_nobody(int seconds)
    {
        var pool = new LoadedPool(4, 4);
        for (var number = 1; number <= 4; number++)
        {
            pool.Add($"guest{number}", "node1", (now, _) => (int)(now.TotalSeconds / seconds) % 2 == 0 ? 1 : 0);
        }

        pool.Run(TimeSpan.FromMinutes(20));

        Assert.Empty(pool.Moves);
    }

    [Fact]
    public void A_load_that_grows_slowly_and_then_stays_costs_one_move()
    {
        var pool = new LoadedPool(4, 4);
        for (var number = 1; number <= 4; number++)
        {
            pool.Add($"guest{number}", "node1", (now, _) => Math.Min(0.95, now.TotalMinutes / 60));
        }

        pool.Run(TimeSpan.FromHours(3));

        Assert.Single(pool.Moves);
    }

    /// <summary>A guest whose clients follow it: ten minutes after it came, its new host has as much to do as the old one had. It is not chased round the pool.</summary>
    [Fact]
    public void Load_that_follows_a_guest_moves_it_no_more_often_than_its_cool_down_says()
    {
        var pool = new LoadedPool(4, 4, 4);
        var (place, since) = ("node1", -TimeSpan.FromHours(1));
        pool.Add("follows", "node1", (now, at) =>
        {
            (place, since) = at == place ? (place, since) : (at, now);
            return 1.9;
        });
        foreach (var host in new[] { "node1", "node2", "node3" })
        {
            pool.Add($"{host}-clients", host, (now, at) => at == place && now - since > TimeSpan.FromMinutes(10) ? 2.0 : 0.4, isPinned: true);
        }

        pool.Run(TimeSpan.FromHours(12));

        Assert.All(pool.Moves, move => Assert.Equal("default/follows", move.Move.Guest));
        Assert.InRange(pool.Moves.Count, 2, 5);
        for (var move = 1; move < pool.Moves.Count; move++)
        {
            Assert.True(pool.Moves[move].At - pool.Moves[move - 1].At >= ReliefBudgets.Default.CoolDownAfter(move), $"it moved at {pool.Moves[move - 1].At} and at {pool.Moves[move].At}");
        }
    }

    [Fact]
    public void The_only_guest_of_a_pool_is_not_moved_round_it()
    {
        var pool = new LoadedPool(4, 8);
        pool.Add("only", "node1", (_, _) => 4);

        pool.Run(TimeSpan.FromMinutes(30));

        Assert.Empty(pool.Moves);
        Assert.Contains("a move would move the overload", Assert.Single(pool.Others).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_metric_that_stands_still_moves_nobody_and_that_is_said()
    {
        var pool = new LoadedPool(4, 4) { IsStuck = true };
        for (var number = 1; number <= 4; number++)
        {
            pool.Add($"guest{number}", "node1", (_, _) => 0.95);
        }

        pool.Run(TimeSpan.FromMinutes(30));

        Assert.Empty(pool.Moves);
        Assert.All(pool.Others, other => Assert.Contains("what it uses is not known", other.Why, StringComparison.Ordinal));
        Assert.Equal(4, pool.Others.Count);
    }

    [Theory]
    [InlineData(0.04, 0.01)]
    [InlineData(0.80, 0.05)]
    public void An_uneven_pool_without_a_hot_host_is_left_as_it_is(double one, double other)
    {
        var pool = new LoadedPool(4, 4);
        for (var number = 1; number <= 4; number++)
        {
            pool.Add($"one{number}", "node1", (_, _) => one);
            pool.Add($"other{number}", "node2", (_, _) => other);
        }

        pool.Run(TimeSpan.FromHours(1));

        Assert.Empty(pool.Moves);
    }

    /// <summary>One at a time, and nothing new before the effects of the last one are in the averages.</summary>
    [Fact]
    public void Eight_guests_on_one_host_do_not_start_a_storm()
    {
        var pool = new LoadedPool(8, 8, 8);
        for (var number = 1; number <= 8; number++)
        {
            pool.Add($"guest{number}", "node1", (_, _) => 1.5);
        }

        pool.Run(TimeSpan.FromHours(1));

        Assert.InRange(pool.Moves.Count, 2, 4);
        Assert.All(pool.Moves.Zip(pool.Moves.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At >= ReliefBudgets.Default.Settle));
    }
}
