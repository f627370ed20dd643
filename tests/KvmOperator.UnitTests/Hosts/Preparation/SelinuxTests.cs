using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The script in a real shell, with the recorded answers of RHEL 9's tools.</summary>
public sealed class SelinuxTests : IDisposable
{
    private const string Config = "/etc/selinux/config";

    private readonly StubbedMachine machine = new();
    private readonly Selinux step = new(new StepJobs(new InlineJobs()));

    public SelinuxTests()
    {
        machine.Stub("getenforce", "cat \"$machine/mode\"");
        machine.Stub("setenforce", "case $1 in 1) echo Enforcing ;; 0) echo Permissive ;; esac > \"$machine/mode\"");
        machine.Stub("getsebool", "echo \"virt_use_nfs --> $(cat \"$machine/boolean\")\"");
        machine.Stub("setsebool", "echo on > \"$machine/boolean\"");
        machine.Write("/boolean", "off\n");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Theory]
    [InlineData("# a comment\nSELINUX=disabled\nSELINUXTYPE=targeted\n", "# a comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n")]
    [InlineData("SELINUXTYPE=targeted\n", "SELINUXTYPE=targeted\nSELINUX=enforcing\n")]
    public async Task A_disabled_SELinux_is_configured_first_and_then_wants_a_restart(string before, string after)
    {
        machine.Write("/mode", "Disabled\n");
        machine.Write(Config, before);
        Assert.Equal(StepStatus.Drifted, (await CheckAsync(SelinuxMode.Enforcing)).Status);

        var state = await step.ApplyAsync(machine, Plan(SelinuxMode.Enforcing), Cancelled);

        Assert.Equal(StepStatus.Blocked, state.Status);
        Assert.Contains("restart the host", state.Message, StringComparison.Ordinal);
        Assert.Equal(after, machine.Read(Config));
    }

    [Fact]
    public async Task Tools_without_a_configuration_are_no_SELinux()
    {
        machine.Write("/mode", "Disabled\n");

        Assert.Equal(new StepState(StepStatus.Ready, "the machine has no SELinux"), await CheckAsync(SelinuxMode.Enforcing));
    }

    [Theory]
    [InlineData(SelinuxMode.Enforcing, "Permissive", "permissive", "Enforcing", "enforcing")]
    [InlineData(SelinuxMode.Permissive, "Enforcing", "enforcing", "Permissive", "permissive")]
    [InlineData(SelinuxMode.Disabled, "Enforcing", "enforcing", "Permissive", "disabled")]
    public async Task A_mode_is_set_now_and_for_the_next_start(SelinuxMode mode, string running, string configured, string thenRunning, string thenConfigured)
    {
        machine.Write("/mode", running + "\n");
        machine.Write(Config, $"SELINUX={configured}\n");
        Assert.Equal(StepStatus.Drifted, (await CheckAsync(mode)).Status);

        Assert.True((await step.ApplyAsync(machine, Plan(mode), Cancelled)).IsReady);

        Assert.Equal(thenRunning + "\n", machine.Read("/mode"));
        Assert.Equal($"SELINUX={thenConfigured}\n", machine.Read(Config));
        Assert.Equal("on\n", machine.Read("/boolean"));
    }

    [Theory]
    [InlineData("Permissive", "permissive")]
    [InlineData("Permissive", "enforcing")]
    [InlineData("Enforcing", "enforcing")]
    public async Task Without_a_word_the_mode_stays_and_guests_may_use_NFS(string running, string configured)
    {
        var plan = new HostPlan("node1", ["192.168.122.100"]);
        machine.Write("/mode", running + "\n");
        machine.Write(Config, $"SELINUX={configured}\n");
        Assert.Equal(new StepState(StepStatus.Drifted, "guests may not use NFS"), await step.CheckAsync(machine, plan, Cancelled));

        Assert.Equal(new StepState(StepStatus.Ready, $"SELinux stays {running.ToLowerInvariant()}, as it is"), await step.ApplyAsync(machine, plan, Cancelled));

        Assert.Equal(running + "\n", machine.Read("/mode"));
        Assert.Equal($"SELINUX={configured}\n", machine.Read(Config));
        Assert.Equal("on\n", machine.Read("/boolean"));
    }

    [Fact]
    public async Task Without_a_word_a_disabled_SELinux_is_not_armed_for_the_next_start()
    {
        machine.Write("/mode", "Disabled\n");
        machine.Write(Config, "SELINUX=disabled\n");

        Assert.True((await step.ApplyAsync(machine, new HostPlan("node1", ["192.168.122.100"]), Cancelled)).IsReady);

        Assert.Equal("SELINUX=disabled\n", machine.Read(Config));
        Assert.Equal("off\n", machine.Read("/boolean"));
    }

    private static HostPlan Plan(SelinuxMode mode) => new("node1", ["192.168.122.100"]) { Selinux = mode };

    private Task<StepState> CheckAsync(SelinuxMode mode) => step.CheckAsync(machine, Plan(mode), Cancelled);
}
