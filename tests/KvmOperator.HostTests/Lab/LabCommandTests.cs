using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace KvmOperator.HostTests.Lab;

/// <summary>What a person may get wrong with <c>tests/lab/lab</c>: each time an error that says what to do, and <c>down</c> still cleans up.</summary>
public sealed class LabCommandTests : IAsyncDisposable
{
    private readonly KvmLab lab = new("command-tests");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await lab.DownAsync(CancellationToken.None);

    [Theory]
    [InlineData("explode", "unknown verb 'explode'")]
    [InlineData("ssh node1", "there is no lab 'command-tests'")]
    [InlineData("status", "start it with: tests/lab/lab up")]
    [InlineData("up --hosts 9", "--hosts takes 1 to 3, not '9'")]
    [InlineData("up --hosts", "--hosts wants a number")]
    [InlineData("up --image windows", "--image takes bare, prepared, debian-13-bare, debian-13 or rhel-like, not 'windows'")]
    [InlineData("up --image prepared,node2=windows", "not 'windows'")]
    [InlineData("up --image node3=debian-13", "--image names the machine 'node3', and this lab has storage node1 node2")]
    [InlineData("up --image prepared,,bare", "--image wants an image, or NODE=IMAGE")]
    [InlineData("prepare windows", "prepare takes guest, api, operator and the images bare prepared debian-13-bare debian-13 rhel-like, not 'windows'")]
    [InlineData("up --port-base 70000", "--port-base takes a port from 1024 to 65000")]
    [InlineData("up --fast", "unknown option '--fast'")]
    public async Task A_wrong_word_is_answered_with_the_right_ones(string verb, string message)
    {
        var result = await lab.TryAsync(verb.Split(' '), CancellationToken);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(lab.State), "nothing was begun");
    }

    [Fact]
    public async Task A_wrong_machine_is_answered_with_the_names_of_the_right_ones()
    {
        await lab.UpAsync(CancellationToken, "--no-control-plane");
        await lab.VerbAsync(CancellationToken, "crash", "node2");

        await RefusesAsync("ssh", "which machine?", "storage node1 node2");
        await RefusesAsync("crash node7", "there is no machine 'node7'", "storage node1 node2");
        await RefusesAsync("freeze --", "there is no machine '--'", "storage node1 node2");
        await RefusesAsync("cut node1 water", "which network of node1?", "management or storage");
        await RefusesAsync("thaw node2", "node2 is powered off", "lab start node2");
        await RefusesAsync("restore", "there is nothing to restore", "take a snapshot first: lab save");
        await RefusesAsync("kubeconfig", "this lab has no kubeconfig", "start it with 'lab up'");
    }

    [Fact]
    public async Task A_port_that_another_program_has_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var result = await lab.TryAsync(["up", "--no-control-plane", "--port-base", $"{port}"], CancellationToken);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"port {port} is in use by another program", result.Error, StringComparison.Ordinal);
        Assert.Contains("choose another --port-base", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_named_before_anything_is_written()
    {
        // A file system of one megabyte, so that the shortage is real.
        var small = Directory.CreateTempSubdirectory("small").FullName;
        var mount = await CommandLine.RunAsync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small], Patience.For(TimeSpan.FromSeconds(10)), CancellationToken);
        Assert.SkipUnless(mount.Succeeded, "only root can make a small file system here");
        try
        {
            var result = await lab.TryAsync(
                ["up", "--no-control-plane"],
                CancellationToken,
                environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["KVM_OPERATOR_LABS"] = small });

            Assert.NotEqual(0, result.ExitCode);
            Assert.Matches(@"a lab needs \d+ MiB in .*, only \d MiB are free", result.Error);
            Assert.Contains("KVM_OPERATOR_LABS", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            await CommandLine.RunAsync("umount", [small], Patience.For(TimeSpan.FromSeconds(10)), CancellationToken);
            Directory.Delete(small);
        }
    }

    [Fact]
    public async Task A_package_that_cannot_be_installed_is_named_with_the_remedy()
    {
        var result = await CommandLine.RunAsync(
            "bash",
            ["-c", $". {KvmLab.Scripts}/lib/common.sh; ensure_packages no-such-package-anywhere"],
            Patience.For(TimeSpan.FromMinutes(3)),
            CancellationToken);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("no-such-package-anywhere", result.Error, StringComparison.Ordinal);
        Assert.Matches("try: (read .*apt-install.log; check that 'apt-get update' works|sudo apt-get install)", result.Error);
    }

    /// <summary>Killed at each of these moments, <c>up</c> has jobs that go on and would start what comes next.</summary>
    [Theory]
    [InlineData("lab", "--no-control-plane")]
    [InlineData("switch/qemu.pid", "--no-control-plane")]
    [InlineData("storage/qemu.pid", "--no-control-plane")]
    [InlineData("control-plane")]
    public async Task An_interrupted_up_leaves_nothing_that_down_does_not_clean(string interruptedAt, params string[] options)
    {
        var state = lab.State;
        using var up = Process.Start(new ProcessStartInfo(Path.Combine(KvmLab.Scripts, "lab"), ["--name", lab.Name, "up", .. options]))!;
        await KvmLab.UntilAsync($"'up' is at {interruptedAt}", () => Task.FromResult(Path.Exists(Path.Combine(state, interruptedAt))), TimeSpan.FromMinutes(5), CancellationToken);
        up.Kill(entireProcessTree: false);
        await up.WaitForExitAsync(CancellationToken);

        await lab.DownAsync(CancellationToken);

        Assert.Empty(ProcessesOf(state));
        Assert.False(Directory.Exists(state));
    }

    [Fact]
    public async Task Two_labs_side_by_side_do_not_touch_each_other()
    {
        var other = new KvmLab("command-tests-2");
        try
        {
            await lab.UpAsync(CancellationToken, "--no-control-plane", "--hosts", "1");
            await other.UpAsync(CancellationToken, "--no-control-plane", "--hosts", "1");
            await lab.RunAsync("node1", "echo first >/run/lab", CancellationToken);
            await other.RunAsync("node1", "echo second >/run/lab", CancellationToken);
            await lab.VerbAsync(CancellationToken, "cut", "storage", "storage");

            Assert.Equal("first", (await lab.RunAsync("node1", "cat /run/lab", CancellationToken)).Output.Trim());
            Assert.False((await lab.TryRunAsync("node1", "ping -c 2 -W 2 192.168.122.1", CancellationToken)).Succeeded);
            Assert.True((await other.TryRunAsync("node1", "ping -c 2 -W 2 192.168.122.1", CancellationToken)).Succeeded);

            await other.DownAsync(CancellationToken);

            Assert.True(await lab.AnswersAsync("node1", CancellationToken));
        }
        finally
        {
            await other.DownAsync(CancellationToken.None);
        }
    }

    private async Task RefusesAsync(string verb, string message, string remedy)
    {
        var result = await lab.TryAsync(verb.Split(' '), CancellationToken);

        Assert.True(result.ExitCode != 0, $"'{verb}' was taken");
        Assert.Contains($"error: {message}", result.Error, StringComparison.Ordinal);
        Assert.Contains(remedy, result.Error, StringComparison.Ordinal);
    }

    /// <summary>What runs and was started for a lab, told by its environment, and the jobs of <c>up</c>, told by their command line, as <c>proc(5)</c> has them.</summary>
    private string[] ProcessesOf(string state) =>
        [
            .. Directory.GetDirectories("/proc")
                .Where(path => Path.GetFileName(path).All(char.IsAsciiDigit))
                .Select(path => (Path: path, Words: Strings(path, "cmdline")))
                .Where(process => IsOwned(process.Path, state) || string.Join(' ', process.Words).Contains($"--name {lab.Name} up", StringComparison.Ordinal))
                .Select(process => $"{Path.GetFileName(process.Path)} {string.Join(' ', process.Words)}"),
        ];

    private static bool IsOwned(string path, string state) =>
        Strings(path, "environ").Any(variable => variable == $"KVM_OPERATOR_LAB_OWNER={state}" || variable.StartsWith($"KVM_OPERATOR_LAB_OWNER={state}/", StringComparison.Ordinal));

    private static string[] Strings(string path, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(path, file)).Split('\0');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
