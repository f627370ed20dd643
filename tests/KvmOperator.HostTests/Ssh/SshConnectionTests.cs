using System.Security.Cryptography;
using KvmOperator.Hosts.Ssh;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Ssh;

/// <summary>Connections and commands on a real sshd.</summary>
public sealed class SshConnectionTests
{
    private static readonly RemoteCommand Hello = RemoteCommand.Of("echo", "hello");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_reports_its_status_and_both_streams()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);

        var result = await shell.RunAsync(RemoteCommand.Script("echo out; echo err >&2; echo \"$1\"; exit 7", "it's $(me)\n"), Cancelled);

        Assert.Equal(7, result.ExitStatus);
        Assert.Equal("out\nit's $(me)\n\n", result.OutputText);
        Assert.Equal("err\n", result.ErrorText);
    }

    [Fact]
    public async Task Text_tools_speak_the_C_locale_and_a_signal_is_told_from_a_status()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);

        Assert.Equal("C", await shell.ReadAsync(RemoteCommand.Script("echo $LC_ALL"), Cancelled));
        var killed = await shell.RunAsync(RemoteCommand.Script("kill -9 $$"), Cancelled);
        Assert.False(killed.Succeeded);
    }

    [Fact]
    public async Task Large_and_binary_streams_arrive_byte_by_byte_in_both_directions()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        var bytes = RandomNumberGenerator.GetBytes(3 * 1024 * 1024);

        var result = await shell.RequireAsync(RemoteCommand.Of("cat") with { Input = bytes }, Cancelled);

        Assert.Equal(bytes, result.Output.ToArray());
    }

    [Fact]
    public async Task A_command_that_ignores_its_input_is_no_error()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);

        var result = await shell.RunAsync(RemoteCommand.Of("true") with { Input = new byte[4 * 1024 * 1024] }, Cancelled);

        Assert.True(result.Succeeded);
        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task Without_input_a_command_reads_an_empty_file()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);

        Assert.Equal("0", await shell.ReadAsync(RemoteCommand.Of("wc", "-c"), Cancelled));
    }

    [Fact]
    public async Task A_command_that_writes_without_end_is_stopped()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);

        await Assert.ThrowsAsync<OutputLimitExceededException>(() => shell.RunAsync(RemoteCommand.Of("yes"), Cancelled));

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task All_commands_share_one_connection_and_wait_for_free_channels()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);

        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(number => shell.ReadAsync(RemoteCommand.Of("echo", $"{number}"), Cancelled)));

        Assert.Equal(Enumerable.Range(0, 30).Select(number => $"{number}"), results);
        Assert.Equal(1, server.CountConnections());
    }

    [Fact]
    public async Task A_server_that_allows_few_sessions_is_asked_again()
    {
        await using var server = await SshServer.StartAsync("MaxSessions 2");
        await using var shell = ShellFactory.Create(server.Settings);

        var results = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(number => shell.ReadAsync(RemoteCommand.Script("sleep 0.2; echo $1", $"{number}"), Cancelled)));

        Assert.Equal(Enumerable.Range(0, 8).Select(number => $"{number}"), results);
    }

    [Fact]
    public async Task The_host_ends_a_command_at_its_deadline()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        var witness = Path.GetTempFileName();

        await Assert.ThrowsAsync<DeadlineExceededException>(() => shell.RunAsync(
            RemoteCommand.Script("echo $$ > \"$1\"; exec sleep 300", witness).WithDeadline(TimeSpan.FromSeconds(1)), Cancelled));

        var processId = (await File.ReadAllTextAsync(witness, Cancelled)).Trim();
        File.Delete(witness);
        Assert.False(Directory.Exists($"/proc/{processId}"), "The command outlived its deadline.");
        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task A_cancelled_call_returns_at_once_and_the_shell_stays_usable()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        for (var attempt = 0; attempt < 12; attempt++)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            var call = shell.RunAsync(RemoteCommand.Of("sleep", $"{Patience.Seconds(20)}"), cancellation.Token);
            await shell.ReadAsync(Hello, Cancelled);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience.For(TimeSpan.FromSeconds(5)), Cancelled));
        }

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task A_frozen_host_is_noticed_long_before_the_deadline_and_used_again_when_it_answers()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(
            server.Settings with { LivenessInterval = TimeSpan.FromSeconds(1), ConnectTimeout = Patience.Scaled(TimeSpan.FromSeconds(2)) });
        var started = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        var call = shell.RunAsync(RemoteCommand.Script("touch \"$1\"; exec sleep 300", started).WithDeadline(TimeSpan.FromMinutes(10)), Cancelled);
        await FileAppearsAsync(started);
        File.Delete(started);

        await server.FreezeAsync();
        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => call.WaitAsync(Patience.For(TimeSpan.FromSeconds(15)), Cancelled));
        Assert.True(error.CommandMayHaveRun);

        await server.ThawAsync();
        Assert.Equal("hello", await EventuallyAsync(() => shell.ReadAsync(Hello, Cancelled)));
    }

    [Fact]
    public async Task A_dropped_connection_is_opened_again_by_the_next_command()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        await shell.ReadAsync(Hello, Cancelled);
        var started = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        var call = shell.RunAsync(RemoteCommand.Script("touch \"$1\"; exec sleep 300", started), Cancelled);
        await FileAppearsAsync(started);
        File.Delete(started);

        await server.CutConnectionsAsync();

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => call.WaitAsync(Patience.For(TimeSpan.FromSeconds(10)), Cancelled));
        Assert.True(error.CommandMayHaveRun);
        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
        Assert.Equal(2, server.CountConnections());
    }

    [Fact]
    public async Task A_stopped_server_is_unreachable_and_found_again_after_its_start()
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings);
        await server.StopAsync();

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => shell.RunAsync(Hello, Cancelled));
        Assert.False(error.CommandMayHaveRun);

        await server.StartProcessAsync();
        Assert.Equal("hello", await EventuallyAsync(() => shell.ReadAsync(Hello, Cancelled)));
    }

    [Fact]
    public async Task Banners_and_noisy_start_up_files_do_not_get_into_the_output()
    {
        await using var user = await SudoUser.CreateAsync();
        await user.AllowSudoAsync();
        await using var server = await SshServer.StartAsync("Banner /etc/os-release");
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name });

        var result = await shell.RunAsync(Hello, Cancelled);

        Assert.Equal("hello\n", result.OutputText);
        Assert.Equal(string.Empty, result.ErrorText);
    }

    [Fact]
    public async Task An_ordinary_user_becomes_root_through_sudo_with_arguments_and_input_intact()
    {
        await using var user = await SudoUser.CreateAsync();
        await user.AllowSudoAsync();
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name });

        var result = await shell.RequireAsync(RemoteCommand.Script("id -u; printf '%s\\n' \"$1\"; cat", "a 'b' \"c\" $(d)\n*").WithInput("secret"), Cancelled);

        Assert.Equal("0\na 'b' \"c\" $(d)\n*\nsecret", result.OutputText);
    }

    [Fact]
    public async Task An_ordinary_user_without_sudo_rights_is_a_clear_error()
    {
        await using var user = await SudoUser.CreateAsync();
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name });

        var error = await Assert.ThrowsAsync<PrivilegeRefusedException>(() => shell.RunAsync(Hello, Cancelled));

        Assert.Contains(user.Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_shell_that_runs_nothing_is_a_clear_error()
    {
        await using var user = await SudoUser.CreateAsync();
        await LocalCommand.RunAsync("usermod", ["--shell", "/usr/sbin/nologin", user.Name]);
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name });

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => shell.RunAsync(Hello, Cancelled));

        Assert.False(error.CommandMayHaveRun);
        Assert.Contains("not available", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_settings_replace_the_connection_and_equal_settings_share_it()
    {
        await using var server = await SshServer.StartAsync();
        await using var shells = ShellFactory.CreateShells();
        var first = shells.Get(server.Settings);
        Assert.Equal("hello", await first.ReadAsync(Hello, Cancelled));
        Assert.Same(first, shells.Get(server.Settings));

        var second = shells.Get(server.Settings with { ConnectTimeout = server.Settings.ConnectTimeout + TimeSpan.FromSeconds(1) });

        Assert.NotSame(first, second);
        Assert.Equal("hello", await second.ReadAsync(Hello, Cancelled));
    }

    private static async Task FileAppearsAsync(string path)
    {
        using var limit = new CancellationTokenSource(Patience.For(TimeSpan.FromSeconds(10)));
        while (!File.Exists(path))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private static async Task<string> EventuallyAsync(Func<Task<string>> attempt)
    {
        using var limit = new CancellationTokenSource(Patience.For(TimeSpan.FromSeconds(20)));
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (HostUnreachableException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancelled);
            }
        }
    }
}
