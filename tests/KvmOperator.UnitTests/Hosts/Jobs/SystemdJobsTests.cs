using KvmOperator.Hosts;
using KvmOperator.Hosts.Jobs;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Jobs;

/// <summary>One look at a job with a question beside it, and a start that waits. With a systemctl that knows one unit from two files.</summary>
public sealed class SystemdJobsTests : IDisposable
{
    /// <summary>When the unit's process is gone, the unit has ended.</summary>
    private const string Systemctl =
        """
        process=$(cat "$FOLDER/process")
        case "$*" in
          *MainPID*) echo "$process" ;;
          *) if [ "$process" != 0 ] && kill -0 "$process" 2>/dev/null; then cat "$FOLDER/running"; else cat "$FOLDER/ended"; fi ;;
        esac
        """;

    private static readonly JobName Job = new("migration", "uid");
    private static readonly string[] Question = ["question", "--rawstats"];

    private readonly ScriptedHost host = new(
        ("systemctl", Systemctl),
        ("systemd-run", "printf '%s\\n' \"$@\" >\"$FOLDER/begun\""),
        ("mkdir", "true"),
        ("question", "echo \"answer $*\"; echo asked >>\"$FOLDER/asked\""));

    public SystemdJobsTests()
    {
        host["running"] = "Result=success\nExecMainStatus=0\nLoadState=loaded\nActiveState=active\nSubState=running\n";
        host["ended"] = "Result=success\nExecMainStatus=0\nLoadState=loaded\nActiveState=active\nSubState=exited\n";
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_job_is_told_of_with_the_answer_to_the_question()
    {
        host["process"] = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var (state, answer) = await new SystemdJobs().WatchAsync(host, Job, TimeSpan.FromSeconds(0.2), Question, Token);

        Assert.Equal(JobPhase.Running, state.Phase);
        Assert.Equal("answer --rawstats\n", answer);
        Assert.Single(host.Commands);
    }

    [Fact]
    public async Task A_job_that_ended_is_asked_nothing_more()
    {
        host["process"] = "0";

        var (state, answer) = await new SystemdJobs().WatchAsync(host, Job, TimeSpan.FromMinutes(1), Question, Token);

        Assert.Equal(JobPhase.Succeeded, state.Phase);
        Assert.Empty(answer + host["asked"]);
    }

    [Fact]
    public async Task A_job_asks_the_same_libvirt_as_every_command()
    {
        host["process"] = "0";

        await new SystemdJobs().StartAsync(host, Job, ["true"], new JobOptions(), Token);

        Assert.Contains($"--setenv=LIBVIRT_DEFAULT_URI={LibvirtEnvironment.Uri}\n--setenv=VIRSH_DEFAULT_CONNECT_URI={LibvirtEnvironment.Uri}\n", host["begun"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_of_several_lines_is_described_by_its_name_which_a_reload_of_systemd_can_read()
    {
        host["process"] = "0";

        await new SystemdJobs().StartAsync(host, Job, ["/bin/sh", "-c", "first line\nsecond line"], new JobOptions(), Token);

        Assert.Contains("--description=kvmop-migration-uid\n", host["begun"], StringComparison.Ordinal);
    }

    /// <summary>See init_system_domain(virsh_t, virsh_exec_t) in virt.te of Fedora's and RHEL's policy: https://github.com/fedora-selinux/selinux-policy.</summary>
    [Fact]
    public async Task A_unit_begins_with_a_shell_and_not_with_a_program_that_SELinux_confines()
    {
        host["process"] = "0";

        await new SystemdJobs().StartAsync(host, Job, ["true", "--of", "$HOME"], new JobOptions(), Token);

        // A $ is written twice for systemd.
        Assert.EndsWith("--\n/bin/sh\n-c\nexec \"$$@\"\nkvm-operator\ntrue\n--of\n$$HOME\n", host["begun"].Replace("/usr/bin/true", "true", StringComparison.Ordinal).Replace("/bin/true", "true", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_a_job_ends_the_wait()
    {
        using var process = System.Diagnostics.Process.Start("sleep", ["0.5"]);
        host["process"] = process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

        // Whoever starts a process is its parent, and has to take its end in before it is gone.
        var ending = process.WaitForExitAsync(Token);
        var (state, _) = await new SystemdJobs().WatchAsync(host, Job, TimeSpan.FromSeconds(20), Question, Token);
        await ending;

        Assert.Equal(JobPhase.Succeeded, state.Phase);
    }

    [Theory]
    [InlineData(0, "600", JobPhase.Running)]
    [InlineData(20, "0.5", JobPhase.Succeeded)]
    public async Task A_start_waits_for_the_end_only_as_long_as_it_is_told(int patience, string duration, JobPhase phase)
    {
        using var process = System.Diagnostics.Process.Start("sleep", [duration]);
        host["process"] = process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var ending = process.WaitForExitAsync(Token);
        var state = await new SystemdJobs().StartAsync(host, Job, ["true"], new JobOptions { Patience = TimeSpan.FromSeconds(patience) }, Token);
        process.Kill();
        await ending;

        Assert.Equal(phase, state.Phase);
        Assert.Single(host.Commands);
    }

    [Fact]
    public async Task A_job_that_systemd_does_not_know_is_missing_at_once()
    {
        host["process"] = "0";
        host["ended"] = "Result=success\nExecMainStatus=0\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n";

        Assert.Equal((JobState.Missing, string.Empty), await new SystemdJobs().WatchAsync(host, Job, TimeSpan.FromMinutes(1), Question, Token));
    }

    public void Dispose() => host.Dispose();
}
