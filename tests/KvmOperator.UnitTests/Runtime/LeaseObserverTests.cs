using KvmOperator.Runtime.LeaderElection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class LeaseObserverTests
{
    private static readonly LeaseRecord Others = new("other", TimeSpan.FromSeconds(15), 3, null, "100", 0, null);
    private readonly FakeTimeProvider clock = new();
    private readonly LeaseObserver observer;

    public LeaseObserverTests() => observer = new LeaseObserver("me", clock);

    [Fact]
    public void Ones_own_lease_may_be_taken_at_once() => Assert.True(observer.MayTake(Others with { Holder = "me" }));

    [Fact]
    public void A_released_lease_may_be_taken_at_once() => Assert.True(observer.MayTake(Others with { Holder = string.Empty }));

    [Fact]
    public void A_lease_of_somebody_else_may_be_taken_after_its_own_duration_without_a_sign_of_life()
    {
        Assert.False(observer.MayTake(Others));
        clock.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(observer.MayTake(Others));
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(observer.MayTake(Others));
    }

    [Fact]
    public void Each_renewal_counts_from_when_it_was_seen()
    {
        Assert.False(observer.MayTake(Others));
        clock.Advance(TimeSpan.FromSeconds(14));
        Assert.False(observer.MayTake(Others with { ResourceVersion = "101" }));
        clock.Advance(TimeSpan.FromSeconds(14));

        Assert.False(observer.MayTake(Others with { ResourceVersion = "101" }));
    }

    [Theory]
    [InlineData(15, 10, 2, true)]
    [InlineData(10, 10, 2, false)]
    [InlineData(15, 2.4, 2, false)]
    [InlineData(15, 10, 0, false)]
    [InlineData(15.5, 10, 2, false)]
    public void Timings_under_which_two_could_lead_are_refused(double lease, double deadline, double retry, bool isGood)
    {
        var timings = new LeaderElectionTimings(TimeSpan.FromSeconds(lease), TimeSpan.FromSeconds(deadline), TimeSpan.FromSeconds(retry));

        var error = Record.Exception(timings.Validate);

        Assert.Equal(isGood, error is null);
    }
}
