using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Steps;

/// <summary>When packages are installed and what is told about it, with a fake clock, fake jobs, and a package manager's recorded answers.</summary>
public sealed class PackageManagerTests : IDisposable
{
    private static readonly PackageSet Chrony = new("time", ["chrony"], ["chrony"]);

    private readonly StubbedMachine machine = new();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly FakeJobs jobs = new();
    private readonly PackageManager packages;

    public PackageManagerTests()
    {
        packages = new PackageManager(jobs, clock);
        machine.Stub("apt-get", "exit 0");
        machine.Stub("dpkg", "exit 0");
        machine.Stub("dpkg-query", "exit 1");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task A_failed_installation_tells_its_reason_until_one_succeeds_and_is_tried_again_less_and_less_often()
    {
        Assert.Equal(StepStatus.InProgress, (await packages.ApplyAsync(machine, Chrony, Cancelled)).Status);
        foreach (var seconds in new[] { 30, 60, 120, 240, 480, 960, 960 })
        {
            jobs.End(JobPhase.Failed, "E: Unable to locate package chrony\n");
            var started = jobs.Started;
            var failed = await packages.ApplyAsync(machine, Chrony, Cancelled);
            Assert.Equal(StepStatus.Failed, failed.Status);
            Assert.Contains("E: Unable to locate package chrony", failed.Message, StringComparison.Ordinal);
            clock.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.Equal(failed, await packages.ApplyAsync(machine, Chrony, Cancelled));
            Assert.Equal(started, jobs.Started);

            clock.Advance(TimeSpan.FromSeconds(1));
            var again = await packages.ApplyAsync(machine, Chrony, Cancelled);
            Assert.Equal(StepStatus.InProgress, again.Status);
            Assert.Contains("the last time that failed: E: Unable to locate package chrony", again.Message, StringComparison.Ordinal);
            Assert.Equal(again, await packages.CheckAsync(machine, Chrony, mayInstall: true, Cancelled));
            Assert.Equal(started + 1, jobs.Started);
        }

        machine.Stub("dpkg-query", "shift 3; printf '%s installed\\n' \"$@\"");
        jobs.End(JobPhase.Succeeded, string.Empty);
        Assert.True((await packages.ApplyAsync(machine, Chrony, Cancelled)).IsReady);
        Assert.Equal(JobPhase.Missing, jobs.State.Phase);
        machine.Stub("dpkg-query", "exit 1");
        Assert.DoesNotContain("failed", (await packages.ApplyAsync(machine, Chrony, Cancelled)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_operator_finds_the_old_ones_failure_and_waits_too()
    {
        jobs.End(JobPhase.Failed, "E: no network\n");

        Assert.Contains("E: no network", (await packages.ApplyAsync(machine, Chrony, Cancelled)).Message, StringComparison.Ordinal);
        Assert.Equal(0, jobs.Started);
    }

    [Fact]
    public async Task One_machine_installs_one_purpose_at_a_time()
    {
        await packages.ApplyAsync(machine, Chrony, Cancelled);

        Assert.Equal(["flock", "--close", "/run/kvm-operator/packages.lock"], jobs.Command.Take(3));
        Assert.Equal("chrony", jobs.Command[^1]);
    }

    [Theory]
    [InlineData(5, true, "install")]
    [InlineData(90, true, "update install")]
    [InlineData(5, false, "install update install")]
    public async Task Lists_are_fetched_when_they_are_old_or_do_not_do(int ageInMinutes, bool listsDo, string expected)
    {
        machine.Write("/var/lib/apt/lists/lock", string.Empty);
        Directory.SetLastWriteTimeUtc(machine.Path("/var/lib/apt/lists"), TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-ageInMinutes));
        machine.Stub("apt-get", $"case $* in *update) touch \"$machine/etc/good\" ;; *) [ {(listsDo ? 1 : 0)} = 1 ] || [ -e \"$machine/etc/good\" ] ;; esac");
        machine.Write("/etc/hostname", string.Empty);
        await packages.ApplyAsync(machine, Chrony, Cancelled);
        var already = machine.Calls.Count;

        var result = await InstallAsync();

        Assert.True(result.Succeeded, result.ErrorText);
        Assert.Equal("dpkg --force-confdef --force-confold --configure -a", machine.Calls[already]);
        Assert.Equal(expected, string.Join(' ', machine.Calls.Skip(already + 1).Select(call => call.EndsWith("update", StringComparison.Ordinal) ? "update" : "install")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_list_that_cannot_be_fetched_stops_no_installation_and_is_told_when_it_fails(bool installs)
    {
        machine.Stub("dpkg", "exit 2");
        machine.Stub("apt-get", $"case $* in *update) echo 'E: The repository third-party has no Release file.' >&2; exit 100 ;; *) {(installs ? "exit 0" : "echo 'E: Unable to locate package chrony' >&2; exit 100")} ;; esac");
        await packages.ApplyAsync(machine, Chrony, Cancelled);

        var result = await InstallAsync();

        Assert.Equal(installs, result.Succeeded);
        if (!installs)
        {
            jobs.End(JobPhase.Failed, result.ErrorText);
            var failed = await packages.ApplyAsync(machine, Chrony, Cancelled);
            Assert.Contains("Unable to locate package chrony", failed.Message, StringComparison.Ordinal);
            Assert.Contains("could not all be fetched: The repository third-party has no Release file.", failed.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The refusal is apt's own (apt-private/private-install.cc); what the simulation says is handwritten in its form.</summary>
    [Fact]
    public async Task Nothing_is_removed_for_what_is_installed_and_it_is_told_what_would_have_to_go()
    {
        machine.Write("/var/lib/apt/lists/lock", string.Empty);
        machine.Stub(
            "apt-get",
            """
            case " $* " in
              *' -s '*) printf 'Remv ntpsec [1.2.2+dfsg1-1+deb12u1]\nRemv ntpsec-ntpdate [1.2.2+dfsg1-1+deb12u1]\nInst chrony (4.3-2+deb12u1 Debian:12.4/stable [amd64])\nConf chrony (4.3-2+deb12u1 Debian:12.4/stable [amd64])\n' ;;
              *' --no-remove '*) echo 'E: Packages need to be removed but remove is disabled.' >&2; exit 100 ;;
            esac
            """);
        var set = Chrony with { Instead = "keep them" };
        await packages.ApplyAsync(machine, set, Cancelled);

        var result = await InstallAsync();

        Assert.False(result.Succeeded);
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal) && call.Contains(" install ", StringComparison.Ordinal) && !call.Contains("--no-remove", StringComparison.Ordinal) && !call.Contains(" -s ", StringComparison.Ordinal));
        jobs.End(JobPhase.Failed, result.ErrorText);
        var told = await packages.ApplyAsync(machine, set, Cancelled);
        Assert.Equal(
            new StepState(StepStatus.Blocked, "installing chrony would take these packages away, and none is removed here: ntpsec ntpsec-ntpdate. Remove them yourself (apt-get remove ntpsec ntpsec-ntpdate), or keep them"),
            told);

        // A person who removes them does not wait long.
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(StepStatus.InProgress, (await packages.ApplyAsync(machine, set, Cancelled)).Status);
    }

    [Fact]
    public async Task The_words_of_a_tool_that_does_not_mark_errors_are_told()
    {
        await packages.ApplyAsync(machine, Chrony, Cancelled);

        // Handwritten after dnf 5.
        jobs.End(JobPhase.Failed, "Failed to resolve the transaction:\nNo match for argument: chrony\n");

        Assert.Contains("could not be installed: No match for argument: chrony", (await packages.ApplyAsync(machine, Chrony, Cancelled)).Message, StringComparison.Ordinal);
    }

    private Task<CommandResult> InstallAsync() => machine.RunAsync(RemoteCommand.Of(jobs.Command[3], [.. jobs.Command.Skip(4)]), Cancelled);

    private sealed class FakeJobs : IHostJobs
    {
        public JobState State { get; private set; } = JobState.Missing;

        public int Started { get; private set; }

        public IReadOnlyList<string> Command { get; private set; } = [];

        public void End(JobPhase phase, string error) => State = new JobState(phase, 100, "exit-code", string.Empty, error);

        public Task<JobState> StartAsync(IHostShell host, JobName name, IReadOnlyList<string> arguments, JobOptions options, CancellationToken cancellationToken)
        {
            if (State.Phase == JobPhase.Missing)
            {
                Started++;
                Command = arguments;
                State = new JobState(JobPhase.Running, null, string.Empty, string.Empty, string.Empty);
            }

            return Task.FromResult(State);
        }

        public Task<JobState> ReadAsync(IHostShell host, JobName name, CancellationToken cancellationToken) => Task.FromResult(State);

        public Task<(JobState State, string Answer)> WatchAsync(IHostShell host, JobName name, TimeSpan patience, IReadOnlyList<string> question, CancellationToken cancellationToken) =>
            Task.FromResult((State, string.Empty));

        public Task<JobState> StopAsync(IHostShell host, JobName name, CancellationToken cancellationToken) => Task.FromResult(State);

        public Task ForgetAsync(IHostShell host, JobName name, CancellationToken cancellationToken)
        {
            State = JobState.Missing;
            return Task.CompletedTask;
        }
    }
}
