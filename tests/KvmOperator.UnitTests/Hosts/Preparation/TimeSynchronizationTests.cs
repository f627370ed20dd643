using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>Who keeps a machine's clock, with a systemctl that knows which services run.</summary>
public sealed class TimeSynchronizationTests : IDisposable
{
    private static readonly HostPlan Plan = new("node1", ["192.168.122.100"]);
    private static readonly HostPlan WithServers = Plan with { TimeServers = ["192.168.122.1"] };
    private static readonly HostPlan Unmanaged = Plan with { TimeService = TimeServiceMode.Unmanaged };

    private readonly StubbedMachine machine = new();
    private readonly InlineJobs jobs = new();
    private readonly TimeSynchronization step;

    public TimeSynchronizationTests()
    {
        step = new TimeSynchronization(new PackageManager(jobs, new FakeTimeProvider()), new StepJobs(jobs));
        machine.Stub("apt-get", "exit 0");
        machine.Stub("dpkg-query", "shift 3; [ ! -e \"$machine/chrony\" ] || printf '%s installed\\n' \"$@\"");
        machine.Stub("chronyc", "echo 'Leap status     : Normal'");
        machine.Stub("timedatectl", "cat \"$machine/synchronised\"");
        machine.Stub("systemctl", "case $1 in is-active|is-enabled) [ -e \"$machine/runs/$3\" ] ;; enable) : > \"$machine/runs/$4\" ;; esac");
        machine.Write("/synchronised", "yes\n");
        machine.Write("/runs/none", string.Empty);
        machine.Write("/etc/chrony/chrony.conf", "pool 2.debian.pool.ntp.org iburst\n");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Theory]
    [InlineData("ntpsec")]
    [InlineData("systemd-timesyncd")]
    [InlineData("openntpd")]
    public async Task A_time_service_that_runs_is_kept(string service)
    {
        machine.Write($"/runs/{service}", string.Empty);
        machine.Stub("ntpctl", "echo '4/4 peers valid, clock synced, stratum 3'");

        Assert.Equal(new StepState(StepStatus.Ready, $"the clock is synchronised by {service}, which was there"), await step.CheckAsync(machine, Plan, Cancelled));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_kept_service_that_has_not_synchronised_the_clock_is_waited_for()
    {
        machine.Write("/runs/ntpsec", string.Empty);
        machine.Write("/synchronised", "no\n");

        Assert.Equal(StepStatus.InProgress, (await step.CheckAsync(machine, Plan, Cancelled)).Status);
    }

    [Fact]
    public async Task A_machine_without_one_and_one_with_servers_to_set_get_chrony()
    {
        Assert.Equal("packages are missing: chrony", (await step.CheckAsync(machine, Plan, Cancelled)).Message);
        machine.Write("/runs/ntpsec", string.Empty);
        Assert.Equal("packages are missing: chrony", (await step.CheckAsync(machine, WithServers, Cancelled)).Message);

        machine.Write("/chrony", string.Empty);
        Assert.Equal(new StepState(StepStatus.Ready, "the clock is synchronised"), await step.ApplyAsync(machine, WithServers, Cancelled));
        Assert.Contains("\nserver 192.168.122.1 iburst prefer\n", machine.Read("/etc/chrony/chrony.conf"), StringComparison.Ordinal);

        await step.RemoveAsync(machine, Cancelled);
        Assert.Equal("pool 2.debian.pool.ntp.org iburst\n", machine.Read("/etc/chrony/chrony.conf"));
    }

    [Fact]
    public async Task Systemds_own_service_gets_the_servers_and_gives_them_back()
    {
        const string DropIn = "/etc/systemd/timesyncd.conf.d/kvm-operator.conf";
        machine.Write("/runs/systemd-timesyncd", string.Empty);
        Assert.Equal(new StepState(StepStatus.Drifted, "the time servers of systemd-timesyncd are not the wanted ones"), await step.CheckAsync(machine, WithServers, Cancelled));

        Assert.Equal(new StepState(StepStatus.Ready, "the clock is synchronised by systemd-timesyncd, which was there"), await step.ApplyAsync(machine, WithServers, Cancelled));
        Assert.EndsWith("[Time]\nNTP=192.168.122.1\n", machine.Read(DropIn), StringComparison.Ordinal);
        Assert.Equal(StepStatus.Drifted, (await step.CheckAsync(machine, Plan, Cancelled)).Status);

        await step.RemoveAsync(machine, Cancelled);
        Assert.False(File.Exists(machine.Path(DropIn)));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("yes", false, "the clock is synchronised, which is left to others (no time service that is known runs)")]
    [InlineData("no", true, "the clock is left to others, and it is not synchronised (no time service that is known runs): see on the machine why (timedatectl)")]
    public async Task An_unmanaged_clock_is_only_told_of(string synchronised, bool isPending, string message)
    {
        machine.Write("/synchronised", synchronised + "\n");

        Assert.Equal(new StepState(StepStatus.Ready, message) { IsPending = isPending }, await step.CheckAsync(machine, Unmanaged, Cancelled));
    }
}
