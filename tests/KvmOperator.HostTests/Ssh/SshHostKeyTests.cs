using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.HostTests.Ssh;

/// <summary>A host that shows another key than the trusted one hears nothing, on a real sshd.</summary>
public sealed class SshHostKeyTests
{
    private static readonly RemoteCommand Hello = RemoteCommand.Of("echo", "hello");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_key_is_recorded_and_told_to_the_caller()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        Assert.Null(shell.HostKey);

        await shell.RunAsync(Hello, Cancelled);

        Assert.Equal(HostKey.Parse(server.HostKeys[0]), shell.HostKey);
        var listed = await LocalCommand.RunAsync("ssh-keygen", ["-l", "-f", "/dev/stdin"], shell.HostKey!.OpenSshLine);
        Assert.Contains(shell.HostKey.Fingerprint, listed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Each_of_the_hosts_keys_can_be_the_pinned_one(int index)
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { Trust = HostKeyTrust.Pinned([server.HostKeys[index]]) });

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task A_recorded_fingerprint_is_enough_after_a_restart_of_the_operator()
    {
        await using var server = await SshServer.StartAsync();
        var fingerprint = HostKey.Parse(server.HostKeys[0]).Fingerprint;
        await using var shell = ShellFactory.Create(server.Settings with { Trust = HostKeyTrust.Pinned([fingerprint]) });

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task Recording_the_first_key_does_not_interrupt_the_work_under_way()
    {
        await using var server = await SshServer.StartAsync();
        await using var shells = new HostShells(TimeProvider.System, NullLogger<HostShells>.Instance);
        var first = shells.Get(server.Settings);
        await first.RunAsync(Hello, Cancelled);

        var recorded = shells.Get(server.Settings with { Trust = HostKeyTrust.Pinned([first.HostKey!.OpenSshLine]) });
        var other = shells.Get(server.Settings with { Trust = HostKeyTrust.Pinned([server.HostKeys[1]]) });

        Assert.Same(first, recorded);
        Assert.NotSame(first, other);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_changed_key_stops_everything_before_authentication(bool pinned)
    {
        await using var server = await SshServer.StartAsync();
        var settings = pinned ? server.Settings with { Trust = HostKeyTrust.Pinned(server.HostKeys) } : server.Settings;
        await using var shell = ShellFactory.Create(settings);
        await shell.RunAsync(Hello, Cancelled);
        await server.ReplaceHostKeysAsync();
        var canary = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));

        var error = await Assert.ThrowsAsync<HostKeyChangedException>(() => shell.RunAsync(RemoteCommand.Of("touch", canary), Cancelled));

        Assert.Equal(HostKey.Parse(server.HostKeys[0]), error.Presented);
        Assert.False(File.Exists(canary));
        await Assert.ThrowsAsync<HostKeyChangedException>(() => shell.RunAsync(Hello, Cancelled));
        Assert.Equal(1, server.CountConnections());
        await using var cleared = ShellFactory.Create(settings with { Trust = HostKeyTrust.Pinned(server.HostKeys) });
        Assert.Equal("hello", await cleared.ReadAsync(Hello, Cancelled));
    }
}
