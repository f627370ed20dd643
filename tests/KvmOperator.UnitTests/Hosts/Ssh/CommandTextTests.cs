using System.Diagnostics;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>The line for a login shell in a real shell, with a fake sudo.</summary>
public sealed class CommandTextTests : IDisposable
{
    private const string Allowed = "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"";

    private readonly string tools = Directory.CreateTempSubdirectory("kvm-operator-sudo-").FullName;

    public void Dispose() => Directory.Delete(tools, recursive: true);

    [Fact]
    public async Task A_command_that_fails_behind_a_sudo_that_warns_is_an_ordinary_failure()
    {
        var result = await RunAsync("echo 'sudo: unable to resolve host node1: Name or service not known' >&2; " + Allowed, RemoteCommand.Script("echo out; echo \"$1\" >&2; exit 1", "no such thing"));

        Assert.Equal(1, result.ExitStatus);
        Assert.Equal("out\n", result.OutputText);
        Assert.Equal("no such thing\n", result.ErrorText);
    }

    [Fact]
    public async Task Arguments_and_input_pass_through_sudo_as_they_are()
    {
        var result = await RunAsync(Allowed, RemoteCommand.Script("printf '%s\\n' \"$@\"; cat", "a 'b' \"c\" $(d)\n*", string.Empty, "-n").WithInput("secret"));

        Assert.Equal("a 'b' \"c\" $(d)\n*\n\n-n\nsecret", result.OutputText);
    }

    [Fact]
    public async Task What_sudo_writes_into_the_log_does_not_grow_with_the_script()
    {
        var log = Path.Combine(tools, "log");
        var script = string.Concat(Enumerable.Repeat("# a long script with $variables and 'quotes'\n", 500)) + "echo done";

        var result = await RunAsync($"printf '%s ' \"$@\" >'{log}'; {Allowed}", RemoteCommand.Script(script, "argument"));

        Assert.Equal("done\n", result.OutputText);
        Assert.Equal("-n -- /bin/sh -s ", await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("echo 'sudo: a password is required' >&2; exit 1")]
    [InlineData("echo 'admin is not in the sudoers file.' >&2; exit 1")]
    [InlineData("echo 'sudo: command not found' >&2; exit 127")]
    public async Task A_sudo_that_refuses_is_told_as_that(string sudo)
    {
        var error = await Assert.ThrowsAsync<PrivilegeRefusedException>(() => RunAsync(sudo, RemoteCommand.Of("true")));

        Assert.Contains("admin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_needs_no_sudo() => Assert.Equal("0\n", (await RunAsync("exit 1", RemoteCommand.Script("echo 0"), user: "root")).OutputText);

    [Fact]
    public async Task A_script_finds_the_pace_to_multiply_its_own_limits_by() =>
        Assert.Equal("35\n", (await RunAsync(Allowed, RemoteCommand.Script("echo $((5 * PACE))"), pace: 7)).OutputText);

    [Theory]
    [InlineData("root")]
    [InlineData("admin")]
    public async Task Tools_ask_the_hosts_own_libvirt_whatever_a_profile_says(string user)
    {
        var command = RemoteCommand.Script("echo $LIBVIRT_DEFAULT_URI $VIRSH_DEFAULT_CONNECT_URI");

        var result = await RunAsync(Allowed, command, user, profile: "export LIBVIRT_DEFAULT_URI=qemu+ssh://root@other/system VIRSH_DEFAULT_CONNECT_URI=test:///default");

        Assert.Equal("qemu:///system qemu:///system\n", result.OutputText);
    }

    [Theory]
    [InlineData(100_000, false)]
    [InlineData(131_072, true)]
    public async Task A_command_that_no_kernel_would_take_is_not_sent(int length, bool refused)
    {
        var command = RemoteCommand.Script("printf %s \"$1\" | wc -c", new string('x', length));

        if (refused)
        {
            Assert.Contains("standard input", (await Assert.ThrowsAsync<CommandTooLongException>(() => RunAsync(Allowed, command))).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal($"{length}\n", (await RunAsync(Allowed, command)).OutputText);
        }
    }

    private static HostConnectionSettings Settings(string user) => new("node1", "192.168.122.100", new HostCredentials()) { User = user };

    private async Task<CommandResult> RunAsync(string sudo, RemoteCommand command, string user = "admin", int pace = 1, string profile = ":")
    {
        var file = Path.Combine(tools, "sudo");
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n{sudo}\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        const string Marker = "kvm-operator-1234";
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{profile}; echo welcome; echo mind the step >&2; " + CommandText.For(Settings(user), command, pace, Marker)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{tools}:/usr/bin:/bin";
        using var process = Process.Start(start)!;
        await process.StandardInput.BaseStream.WriteAsync(command.Input, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var raw = new CommandResult(process.ExitCode, null, System.Text.Encoding.UTF8.GetBytes(output), System.Text.Encoding.UTF8.GetBytes(error), TimeSpan.Zero);
        return CommandText.Interpret(Settings(user), Marker, raw);
    }
}
