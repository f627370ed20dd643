using KvmOperator.Runtime.Queue;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class RetryTrackerTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly BackoffPolicy policy = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), 0);

    [Fact]
    public void What_fails_all_at_once_comes_back_in_turn()
    {
        var tracker = new RetryTracker<int>(policy, new RetryBucket(10, 100, policy.Cap, clock));

        var delays = Enumerable.Range(0, 200).Select(tracker.Failed).ToArray();

        Assert.All(delays[..110], delay => Assert.Equal(TimeSpan.FromSeconds(1), delay));
        Assert.Equal(TimeSpan.FromSeconds(10), delays[199]);
        Assert.Equal(delays.Order(), delays);
    }

    [Fact]
    public void Nothing_is_put_off_for_longer_than_the_longest_delay_and_a_quiet_time_forgets()
    {
        var tracker = new RetryTracker<int>(policy, new RetryBucket(10, 100, policy.Cap, clock));

        Assert.Equal(policy.Cap, Enumerable.Range(0, 20_000).Select(tracker.Failed).Max());

        clock.Advance(policy.Cap + TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(1), tracker.Failed(-1));
    }

    [Fact]
    public void A_key_that_fails_alone_has_its_own_delays()
    {
        var tracker = new RetryTracker<int>(policy, new RetryBucket(10, 100, policy.Cap, clock));

        Assert.Equal([1, 2, 4, 8], Enumerable.Range(0, 4).Select(_ => tracker.Failed(1).TotalSeconds));
    }
}
