using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>How long commands may take on hosts of different pace.</summary>
public sealed class HostShellTests
{
    private static readonly RemoteCommand Work = RemoteCommand.Of("work").WithDeadline(TimeSpan.FromSeconds(30));

    private readonly FakeTimeProvider clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_host_ends_in_three_times_the_deadline_what_it_is_given_the_time_for()
    {
        var host = new SlowHost(clock) { Work = HostPace.UsualWork * 4 };
        await using var shell = host.Shell();

        host.Takes = Work.Deadline * 3;
        Assert.True((await shell.RunAsync(Work, Cancelled)).Succeeded);

        Assert.Equal(4, shell.Pace);
        Assert.Equal(Work.Deadline * 4, host.Commands[^1].Deadline);
    }

    [Fact]
    public async Task At_the_usual_pace_the_same_command_is_ended()
    {
        var host = new SlowHost(clock) { Work = HostPace.UsualWork };
        await using var shell = host.Shell();

        host.Takes = Work.Deadline * 3;
        await Assert.ThrowsAsync<DeadlineExceededException>(() => shell.RunAsync(Work, Cancelled));
    }

    [Theory]
    [InlineData(1, false, 40)]
    [InlineData(4, false, 160)]
    [InlineData(1, true, 50)]
    [InlineData(4, true, 170)]
    public async Task A_hung_command_ends_on_every_host(int pace, bool isStuck, int withinSeconds)
    {
        var host = new SlowHost(clock) { Work = HostPace.UsualWork * pace, IsStuck = isStuck };
        await using var shell = host.Shell();
        var began = clock.GetTimestamp();

        host.Takes = TimeSpan.FromDays(1);
        var error = await Assert.ThrowsAsync<DeadlineExceededException>(() => shell.RunAsync(Work, Cancelled));

        Assert.InRange(clock.GetElapsedTime(began).TotalSeconds, 30 * pace, withinSeconds);
        Assert.Contains($"{30 * pace} s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_does_not_even_end_the_measurement_is_the_slowest_one()
    {
        var host = new SlowHost(clock) { Work = TimeSpan.FromDays(1) };
        await using var shell = host.Shell();

        Assert.True((await shell.RunAsync(Work, Cancelled)).Succeeded);

        Assert.Equal(HostPace.SlowestFactor, shell.Pace);
    }

    [Fact]
    public async Task A_host_is_measured_once_and_nobody_begins_before()
    {
        var host = new SlowHost(clock) { Work = HostPace.UsualWork * 4 };
        await using var shell = host.Shell();

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => shell.RunAsync(Work, Cancelled)));

        Assert.Equal(Enumerable.Repeat(Work.Deadline * 4, 5), host.Commands.Select(command => command.Deadline));
        Assert.Equal(1, host.Measurements);
    }
}
