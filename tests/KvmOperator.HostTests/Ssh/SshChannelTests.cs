using System.Text;
using KvmOperator.Hosts.Ssh;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Ssh;

/// <summary>Held channels on a real sshd, and how they share it with commands.</summary>
public sealed class SshChannelTests
{
    private static readonly RemoteCommand Hello = RemoteCommand.Of("echo", "hello");
    private static readonly RemoteCommand Echo = RemoteCommand.Script("echo ready; while read -r line; do echo \"heard $line\"; done; echo bye >&2; exit 3");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_held_process_hears_and_is_heard_until_it_ends()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        await using var channel = await shell.OpenAsync(Echo, Cancelled);
        using var lines = new StreamReader(channel.Output);

        Assert.Equal("ready", await lines.ReadLineAsync(Cancelled));
        for (var number = 0; number < 20; number++)
        {
            await WriteLineAsync(channel, $"{number}");
            Assert.Equal($"heard {number}", await lines.ReadLineAsync(Cancelled));
        }

        await channel.Input.DisposeAsync();
        Assert.Null(await lines.ReadLineAsync(Cancelled));
        var end = await channel.Ended.WaitAsync(Patience.For(TimeSpan.FromSeconds(10)), TimeProvider.System, Cancelled);
        Assert.Equal(3, end.ExitStatus);
        Assert.Equal("bye\n", end.ErrorText);
        await Assert.ThrowsAsync<IOException>(() => WriteLineAsync(channel, "late"));
    }

    [Fact]
    public async Task What_it_is_given_at_the_start_comes_first_and_large_streams_arrive_whole()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        await using var channel = await shell.OpenAsync(RemoteCommand.Of("cat").WithInput("first\n"), Cancelled);
        var bytes = new byte[3 * 1024 * 1024];
        Random.Shared.NextBytes(bytes);

        var writing = channel.Input.WriteAsync(bytes, Cancelled).AsTask();
        var read = new byte[6 + bytes.Length];
        await channel.Output.ReadExactlyAsync(read, Cancelled);

        await writing;
        Assert.Equal("first\n", Encoding.UTF8.GetString(read, 0, 6));
        Assert.Equal(bytes, read[6..]);
    }

    [Fact]
    public async Task Nothing_of_a_noisy_login_shell_or_sudo_is_heard()
    {
        await using var user = await SudoUser.CreateAsync();
        await user.AllowSudoAsync();
        await using var server = await SshServer.StartAsync();
        await server.AuthorizeAsync(server.ClientPublicKey);
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name });
        await using var channel = await shell.OpenAsync(RemoteCommand.Script("id -u; echo said >&2"), Cancelled);
        using var lines = new StreamReader(channel.Output);

        Assert.Equal("0\n", await lines.ReadToEndAsync(Cancelled));
        Assert.Equal("said\n", (await channel.Ended).ErrorText);
    }

    [Fact]
    public async Task A_user_without_sudo_rights_holds_nothing()
    {
        await using var user = await SudoUser.CreateAsync();
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name });

        await Assert.ThrowsAsync<PrivilegeRefusedException>(() => shell.OpenAsync(Echo, Cancelled));
    }

    [Fact]
    public async Task A_login_shell_that_runs_nothing_holds_nothing()
    {
        await using var user = await SudoUser.CreateAsync();
        await LocalCommand.RunAsync("usermod", ["--shell", "/usr/sbin/nologin", user.Name]);
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name });

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => shell.OpenAsync(Echo, Cancelled));

        Assert.Contains("not available", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_opens_beside_as_many_commands_as_may_run()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        using var bulk = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await shell.ReadAsync(Hello, Cancelled);
        var running = Enumerable.Range(0, 12).Select(_ => shell.RunAsync(RemoteCommand.Of("sleep", "300").WithDeadline(TimeSpan.FromMinutes(10)), bulk.Token)).ToList();

        await using var channel = await shell.OpenAsync(Echo, Cancelled);
        using var lines = new StreamReader(channel.Output);

        Assert.Equal("ready", await lines.ReadLineAsync(Cancelled));
        Assert.All(running, command => Assert.False(command.IsCompleted));
        await bulk.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(running));
    }

    [Fact]
    public async Task Disposing_waits_for_nothing_and_ends_the_process()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        var channel = await shell.OpenAsync(RemoteCommand.Script("echo $$; exec cat"), Cancelled);
        using var lines = new StreamReader(channel.Output);
        var process = await lines.ReadLineAsync(Cancelled);

        Assert.True(channel.DisposeAsync().AsTask().IsCompleted);

        var end = await channel.Ended;
        Assert.Null(end.ExitStatus);
        await UntilAsync(() => !Directory.Exists($"/proc/{process}"));
        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
        Assert.Equal(1, server.CountConnections());
    }

    [Fact]
    public async Task Abandoned_commands_leave_the_held_channels_alone()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        await using var channel = await shell.OpenAsync(Echo, Cancelled);
        using var lines = new StreamReader(channel.Output);
        await lines.ReadLineAsync(Cancelled);
        for (var attempt = 0; attempt < 12; attempt++)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            var call = shell.RunAsync(RemoteCommand.Of("sleep", "20"), cancellation.Token);
            await shell.ReadAsync(Hello, Cancelled);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience.For(TimeSpan.FromSeconds(5)), TimeProvider.System, Cancelled));
        }

        await WriteLineAsync(channel, "still here");
        Assert.Equal("heard still here", await lines.ReadLineAsync(Cancelled));
        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task A_cut_connection_ends_the_output_and_says_why()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        await using var channel = await shell.OpenAsync(Echo, Cancelled);
        using var lines = new StreamReader(channel.Output);
        await lines.ReadLineAsync(Cancelled);

        await server.CutConnectionsAsync();

        Assert.Null(await lines.ReadLineAsync(Cancelled));
        await Assert.ThrowsAsync<HostUnreachableException>(() => channel.Ended.WaitAsync(Patience.For(TimeSpan.FromSeconds(10)), TimeProvider.System, Cancelled));
        await using var again = await shell.OpenAsync(Echo, Cancelled);
        Assert.Equal(2, server.CountConnections());
    }

    [Fact]
    public async Task A_frozen_host_is_noticed_by_a_held_channel_alone()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { LivenessInterval = TimeSpan.FromSeconds(1) });
        await using var channel = await shell.OpenAsync(Echo, Cancelled);

        await server.FreezeAsync();

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => channel.Ended.WaitAsync(Patience.For(TimeSpan.FromSeconds(60)), TimeProvider.System, Cancelled));
        Assert.Contains("did not answer", error.Message, StringComparison.Ordinal);
        await server.ThawAsync();
    }

    [Fact]
    public async Task A_silent_host_that_lives_is_asked_without_a_process_and_keeps_its_channels()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { LivenessInterval = TimeSpan.FromMilliseconds(300) });
        await using var channel = await shell.OpenAsync(RemoteCommand.Of("cat"), Cancelled);
        var sessions = server.CountSessions();

        // Each time that the silence is over, the host has answered once more.
        for (var answers = 0; answers < 5; answers++)
        {
            await UntilAsync(() => shell.Silence > TimeSpan.FromMilliseconds(250));
            await UntilAsync(() => shell.Silence < TimeSpan.FromMilliseconds(200));
        }

        Assert.False(channel.Ended.IsCompleted);
        Assert.Equal(sessions, server.CountSessions());
        Assert.Equal(1, server.CountConnections());
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(10, 1)]
    public async Task A_server_with_few_sessions_gets_as_many_connections_as_it_takes(int sessions, int connections)
    {
        await using var server = await SshServer.StartAsync($"MaxSessions {sessions}");
        await using var shell = ShellFactory.Create(server.Settings);
        await using var beat = await shell.OpenAsync(Echo, Cancelled);
        await using var libvirt = await shell.OpenAsync(Echo, Cancelled);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => shell.ReadAsync(RemoteCommand.Of("echo", $"{number}"), Cancelled)));

        Assert.Equal(Enumerable.Range(0, 8).Select(number => $"{number}"), results);
        Assert.False(beat.Ended.IsCompleted);
        Assert.False(libvirt.Ended.IsCompleted);
        Assert.Equal(connections, server.CountConnections());
    }

    [Fact]
    public async Task An_abandoned_command_does_not_keep_the_next_one_from_a_server_with_one_session()
    {
        await using var server = await SshServer.StartAsync("MaxSessions 1");
        await using var shell = ShellFactory.Create(server.Settings);
        await shell.ReadAsync(Hello, Cancelled);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sessions = server.CountSessions();
        var call = shell.RunAsync(RemoteCommand.Of("sleep", "300").WithDeadline(TimeSpan.FromMinutes(10)), cancellation.Token);
        await UntilAsync(() => server.CountSessions() > sessions);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task Closing_everything_ends_the_channels_and_a_later_command_connects_anew()
    {
        await using var server = await SshServer.StartAsync();
        await using var shells = ShellFactory.CreateShells();
        await using var channel = await shells.Get(server.Settings).OpenAsync(Echo, Cancelled);

        await shells.CloseAllAsync();

        await Assert.ThrowsAsync<HostUnreachableException>(() => channel.Ended.WaitAsync(Patience.For(TimeSpan.FromSeconds(10)), TimeProvider.System, Cancelled));
        Assert.Equal("hello", await shells.Get(server.Settings).ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task Many_hosts_that_freeze_at_once_hold_no_thread_of_the_pool()
    {
        const int hosts = 40;
        await using var server = await SshServer.StartAsync("MaxStartups 200");
        await using var shells = ShellFactory.CreateShells();
        var machines = Enumerable.Range(0, hosts).Select(number => shells.Get(server.Settings with { Name = $"node{number}", LivenessInterval = TimeSpan.FromMinutes(1) })).ToList();
        foreach (var machine in machines)
        {
            await machine.ReadAsync(Hello, Cancelled);
        }

        await server.FreezeAsync();
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var commands = machines.SelectMany(machine => Enumerable.Range(0, 3).Select(_ => machine.RunAsync(Hello, giveUp.Token))).ToList();

        var threads = ThreadPool.ThreadCount;
        for (var tick = 0; tick < 50; tick++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
            await Task.Run(() => { }, Cancelled);
        }

        // Fifty times the pool did what it was asked, one after the other, and needed no more threads for it; and nobody had an answer meanwhile.
        Assert.All(commands, command => Assert.False(command.IsCompleted));
        Assert.InRange(ThreadPool.ThreadCount, 0, threads + 5);
        await giveUp.CancelAsync();
        await server.ThawAsync();
    }

    private static async Task WriteLineAsync(IHostChannel channel, string line) => await channel.Input.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), Cancelled);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(Patience.For(TimeSpan.FromSeconds(60)));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}
