using CsCheck;
using KvmOperator.Runtime.Queue;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class BackoffPolicyTests
{
    private static readonly BackoffPolicy Policy = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), 0.2);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(9, 256)]
    [InlineData(10, 300)]
    [InlineData(2_000_000_000, 300)]
    public void Delays_double_up_to_the_cap_however_many_failures(int failures, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Policy.Delay(failures, 0));

    [Fact]
    public void Chance_takes_away_at_most_its_share() => Gen.Select(Gen.Int[1, int.MaxValue], Gen.Double[0, 1]).Sample((failures, chance) =>
        Assert.InRange(Policy.Delay(failures, chance), 0.8 * Policy.Delay(failures, 0) - TimeSpan.FromTicks(1), Policy.Delay(failures, 0)));

    [Fact]
    public void Without_a_failure_there_is_no_delay_to_ask_for() => Assert.Throws<ArgumentOutOfRangeException>(() => Policy.Delay(0, 0));

    [Fact]
    public void Success_makes_the_next_failure_the_first_again()
    {
        var tracker = new RetryTracker<string>(Policy with { Jitter = 0 });
        tracker.Failed("a");
        tracker.Failed("a");
        Assert.Equal(TimeSpan.FromSeconds(4), tracker.Failed("a"));
        Assert.Equal(TimeSpan.FromSeconds(1), tracker.Failed("b"));

        tracker.Succeeded("a");

        Assert.Equal(TimeSpan.FromSeconds(1), tracker.Failed("a"));
    }
}
