using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>With a fake clock: who is asked again, and when.</summary>
public sealed class ConnectionBackOffTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public void An_unreachable_host_is_asked_again_soon_and_at_least_every_ten_seconds()
    {
        var backOff = new ConnectionBackOff(clock);
        for (var failure = 0; failure < 20; failure++)
        {
            backOff.Unreachable(Unreachable);
            Assert.Throws<HostUnreachableException>(backOff.ThrowIfTooEarly);
            clock.Advance(TimeSpan.FromSeconds(Math.Min(Math.Pow(2, failure), 10)));
            backOff.ThrowIfTooEarly();
        }
    }

    [Fact]
    public void Refused_credentials_wait_longer_each_time_and_a_success_forgets_them()
    {
        var backOff = new ConnectionBackOff(clock);
        backOff.Refused(Refused);
        clock.Advance(TimeSpan.FromSeconds(30));
        backOff.ThrowIfTooEarly();
        backOff.Refused(Refused);
        clock.Advance(TimeSpan.FromSeconds(59));
        var error = Assert.Throws<AuthenticationRefusedException>(backOff.ThrowIfTooEarly);
        Assert.Equal(clock.GetUtcNow() + TimeSpan.FromSeconds(1), error.NextAttempt);

        backOff.Reset();

        backOff.ThrowIfTooEarly();
        backOff.Refused(Refused);
        clock.Advance(TimeSpan.FromSeconds(30));
        backOff.ThrowIfTooEarly();
    }

    private static HostUnreachableException Unreachable() => new("node1", "away", commandMayHaveRun: false);

    private static AuthenticationRefusedException Refused(DateTimeOffset until) => new("node1", "root", until);
}
