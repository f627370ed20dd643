using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>How a host's pace is learned.</summary>
public sealed class HostPaceTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly HostPace pace;

    public HostPaceTests() => pace = new HostPace(clock);

    [Fact]
    public void An_unknown_host_is_taken_for_one_at_the_usual_pace()
    {
        Assert.Equal(1, pace.Factor);
        Assert.True(pace.NeedsMeasurement);
    }

    [Theory]
    [InlineData(0.02, 1)]
    [InlineData(0.9, 1)]
    [InlineData(3.1, 3)]
    [InlineData(500, 20)]
    public void The_measured_work_counts_within_bounds(double timesUsual, int factor)
    {
        pace.Measured(HostPace.UsualWork * timesUsual);

        Assert.Equal(factor, pace.Factor);
        Assert.False(pace.NeedsMeasurement);
    }

    [Fact]
    public void A_slow_host_is_measured_again_and_a_quick_one_is_not()
    {
        pace.Measured(HostPace.UsualWork * 6);
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.True(pace.NeedsMeasurement);

        pace.Measured(HostPace.UsualWork);
        clock.Advance(TimeSpan.FromHours(4));
        Assert.False(pace.NeedsMeasurement);
    }

    [Fact]
    public void One_slow_start_is_an_accident_and_several_are_the_pace_until_they_are_long_past()
    {
        pace.Measured(HostPace.UsualWork);
        for (var start = 0; start < 4; start++)
        {
            pace.Started(HostPace.UsualStart / 10);
        }

        pace.Started(HostPace.UsualStart * 8);
        Assert.Equal(1, pace.Factor);

        for (var start = 0; start < 4; start++)
        {
            pace.Started(HostPace.UsualStart * 8);
        }

        Assert.Equal(8, pace.Factor);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, pace.Factor);
    }

    [Fact]
    public void A_host_that_answers_but_does_not_get_as_far_as_a_connection_is_given_more_time_each_time()
    {
        pace.ConnectedTooSlowly();
        Assert.Equal(2, pace.Factor);

        pace.ConnectedTooSlowly();
        Assert.Equal(4, pace.Factor);

        pace.Connected(HostPace.UsualConnect);
        Assert.Equal(1, pace.Factor);
    }
}
