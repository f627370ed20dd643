using KvmOperator.Hosts.Ssh;
using KvmOperator.UnitTests.Api;
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

    [Fact]
    public void Refused_credentials_are_tried_again_after_three_minutes_at_the_latest_and_say_so()
    {
        var backOff = new ConnectionBackOff(clock);
        for (var failure = 0; failure < 5; failure++)
        {
            backOff.Refused(Refused);
            Assert.Contains("after 3 minutes", Assert.Throws<AuthenticationRefusedException>(backOff.ThrowIfTooEarly).Message, StringComparison.Ordinal);
            clock.Advance(TimeSpan.FromMinutes(3));
            backOff.ThrowIfTooEarly();
        }
    }

    [Fact]
    public void A_machine_with_another_key_is_asked_again_after_half_a_minute_at_the_latest_and_says_so()
    {
        var backOff = new ConnectionBackOff(clock);
        for (var failure = 0; failure < 5; failure++)
        {
            backOff.Untrusted(() => new HostKeyChangedException("node1", HostKey.Parse(SpecSamples.HostKey)));
            Assert.Contains("after 30 s", Assert.Throws<HostKeyChangedException>(backOff.ThrowIfTooEarly).Message, StringComparison.Ordinal);
            clock.Advance(TimeSpan.FromSeconds(30));
            backOff.ThrowIfTooEarly();
        }
    }

    private static HostUnreachableException Unreachable() => new("node1", "away", commandMayHaveRun: false);

    private static AuthenticationRefusedException Refused(DateTimeOffset until) => new("node1", "root", until);
}
