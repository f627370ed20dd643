using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>What a machine calls itself, in a real shell: names that were set stay, and so does what they stand for.</summary>
public sealed class HostNamesTests : IDisposable
{
    private static readonly HostPlan Plan = new("node1", ["192.168.122.100"]) { Peers = [new PeerHost("node2", ["192.168.122.200"], Identity: null)] };

    private readonly StubbedMachine machine = new();
    private readonly HostNames step = new();

    public HostNamesTests()
    {
        machine.Write("/etc/hosts", "127.0.0.1 localhost\n");
        machine.Stub("hostname", "cat \"$machine/name\"");
        machine.Stub("hostnamectl", "echo \"$3\" > \"$machine/name\"");
        machine.Stub("getent", "exit 2");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Theory]
    [InlineData("node1.example.com")]
    [InlineData("hv-17")]
    [InlineData("localhosts")]
    public async Task A_name_that_was_set_stays(string name)
    {
        machine.Write("/name", name + "\n");
        Assert.DoesNotContain("calls itself", Drift(await step.CheckAsync(machine, Plan, Cancelled)), StringComparison.Ordinal);

        var state = await step.ApplyAsync(machine, Plan, Cancelled);

        Assert.Equal(new StepState(StepStatus.Ready, $"the host calls itself {name}, which stays, and knows its peers by name"), state);
        Assert.Equal(name + "\n", machine.Read("/name"));
        Assert.DoesNotContain(" node1\n", machine.Read("/etc/hosts"), StringComparison.Ordinal);
        Assert.Contains("\n192.168.122.200 node2\n", machine.Read("/etc/hosts"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost.localdomain")]
    [InlineData("(none)")]
    public async Task A_machine_without_a_name_gets_the_hosts(string name)
    {
        machine.Write("/name", name + "\n");

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.Equal("node1\n", machine.Read("/name"));
        Assert.Contains("\n192.168.122.100 node1\n192.168.122.200 node2\n", machine.Read("/etc/hosts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_name_is_the_hosts()
    {
        machine.Write("/name", "node1.example.com\n");
        var managed = Plan with { Naming = HostnameMode.Managed };
        Assert.Contains("calls itself node1.example.com and not node1", (await step.CheckAsync(machine, managed, Cancelled)).Message, StringComparison.Ordinal);

        Assert.Equal(new StepState(StepStatus.Ready, "the host and its peers know each other by name"), await step.ApplyAsync(machine, managed, Cancelled));

        Assert.Equal("node1\n", machine.Read("/name"));
    }

    [Fact]
    public async Task What_the_machines_own_name_stands_for_is_not_hidden()
    {
        // As hostname -f and Kerberos have it: the name that DNS gives is the long one.
        machine.Write("/name", "node1\n");
        machine.Stub("getent", "[ \"$*\" = 'hosts node1' ] && echo '192.168.122.100 node1.example.com node1'");

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.DoesNotContain("192.168.122.100", machine.Read("/etc/hosts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_own_line_stays_once_it_is_there_and_all_is_taken_back()
    {
        machine.Write("/name", "node1\n");
        await step.ApplyAsync(machine, Plan, Cancelled);
        machine.Stub("getent", "echo '192.168.122.100 node1'");
        Assert.True((await step.CheckAsync(machine, Plan, Cancelled)).IsReady);

        await step.RemoveAsync(machine, Cancelled);

        Assert.Equal("127.0.0.1 localhost\n", machine.Read("/etc/hosts"));
        Assert.Equal("node1\n", machine.Read("/name"));
    }

    private static string Drift(StepState state) => state.Status == StepStatus.Drifted ? state.Message : string.Empty;
}
