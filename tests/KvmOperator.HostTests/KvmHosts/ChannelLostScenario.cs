using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>What the operator holds on a host is taken away from it: it comes back by itself, or it is said what is missing, and the host is not called away.</summary>
public sealed class ChannelLostScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Host = "node1";

    /// <summary>How libvirt is asked: by its own protocol, or by a command for each question.</summary>
    private const string AccessPath = ".status.system.libvirtAccess";

    /// <summary>All that runs for the operator on the host and stays. The bracket keeps the pattern from finding itself.</summary>
    private const string EndHeld = "pkill -KILL -f '[k]vm-operator-'; pkill -KILL -f '[v]irt-ssh-helper qemu'; true";

    /// <summary>sshd anew, and every session of before ended, this command's own last.</summary>
    private const string RestartSsh = "systemctl restart ssh; (sleep 1; pkill -f 'sshd: root') >/dev/null 2>&1 &";

    private static readonly string[] Helpers = ["virt-ssh-helper", "nc", "nc.openbsd", "nc.traditional"];

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Held_scripts_that_are_killed_come_back()
    {
        await RunByHandAsync();
        await using var reachability = Reachability.Begin(Cluster);

        for (var time = 0; time < 2; time++)
        {
            await Lab.Machines.RunAsync(Host, EndHeld, CancellationToken);
            await Lab.BeatsAsync(Host, 2, CancellationToken);
        }

        await ChangesAreToldAsync();
        await UntilAccessAsync("Protocol");
        await reachability.WasNeverLostAsync(CancellationToken);
    }

    [Fact]
    public async Task A_restarted_sshd_is_connected_to_again()
    {
        await RunByHandAsync();
        await using var reachability = Reachability.Begin(Cluster);

        await Lab.Machines.RunAsync(Host, RestartSsh, CancellationToken);
        await Lab.BeatsAsync(Host, 3, CancellationToken);

        await ChangesAreToldAsync();
        await UntilAccessAsync("Protocol");
        await reachability.WasNeverLostAsync(CancellationToken);
    }

    [Fact]
    public async Task Two_sessions_a_connection_are_enough()
    {
        await using var reachability = Reachability.Begin(Cluster);
        await Lab.Machines.RunAsync(Host, $"echo 'MaxSessions 2' >/etc/ssh/sshd_config.d/few-sessions.conf; {RestartSsh}", CancellationToken);
        await Lab.BeatsAsync(Host, 2, CancellationToken);

        await RunByHandAsync();
        await ChangesAreToldAsync();
        Succeeded(await MoveAsync("away", "moving"));

        await UntilAccessAsync("Protocol");
        Assert.True((await Cluster.GetAsync<KvmHost>(Host, CancellationToken)).Status.Is(CommonConditions.Ready));
        await reachability.WasNeverLostAsync(CancellationToken);
    }

    [Fact]
    public async Task Without_a_way_to_libvirts_socket_it_is_asked_by_commands_and_that_is_told()
    {
        await RunByHandAsync();
        await UntilAccessAsync("Protocol");
        await using var reachability = Reachability.Begin(Cluster);

        await Lab.Machines.RunAsync(Host, $"for helper in {string.Join(' ', Helpers)}; do [ ! -e /usr/bin/$helper ] || mv /usr/bin/$helper /usr/bin/$helper.away; [ ! -e /bin/$helper ] || mv /bin/$helper /bin/$helper.away; done; {EndHeld}", CancellationToken);
        await UntilAccessAsync("Commands");
        await ChangesAreToldAsync();
        Assert.True((await Cluster.GetAsync<KvmHost>(Host, CancellationToken)).Status.Is(CommonConditions.Ready));

        await Lab.Machines.RunAsync(Host, $"for helper in {string.Join(' ', Helpers)}; do [ ! -e /usr/bin/$helper.away ] || mv /usr/bin/$helper.away /usr/bin/$helper; done", CancellationToken);
        await UntilAccessAsync("Protocol");
        await reachability.WasNeverLostAsync(CancellationToken);
    }

    [Fact]
    public async Task A_libvirt_that_hangs_is_told_of_a_host_that_is_reachable()
    {
        await RunByHandAsync();
        await using var reachability = Reachability.Begin(Cluster);

        await Lab.Machines.RunAsync(Host, "systemctl kill --kill-who=main -s STOP libvirtd", CancellationToken);
        var hangs = await Cluster.UntilAsync<KvmHost>(Host, "it is said that libvirt does not answer", SaysThatLibvirtHangs, Deadline, CancellationToken);
        Assert.True(hangs.Status.Is(KvmHostConditions.Reachable), "a host whose libvirt hangs was called unreachable");
        await Lab.BeatsAsync(Host, 3, CancellationToken);
        Assert.True(SaysThatLibvirtHangs(await Cluster.GetAsync<KvmHost>(Host, CancellationToken)));

        // What cannot be asked is not off.
        Assert.NotEqual("False", (await Cluster.GetAsync<VirtualMachine>("default/xx", CancellationToken)).Status.Condition(VirtualMachineConditions.Running)!.Status);

        await Lab.Machines.RunAsync(Host, "systemctl kill --kill-who=main -s CONT libvirtd", CancellationToken);
        await Cluster.UntilAsync<KvmHost>(Host, "it is ready again", host => host.Status.Is(CommonConditions.Ready) && !SaysThatLibvirtHangs(host), Deadline, CancellationToken);
        await ChangesAreToldAsync();
        await reachability.WasNeverLostAsync(CancellationToken);
    }

    /// <summary>A condition other than the one about the host itself.</summary>
    private static bool SaysThatLibvirtHangs(KvmHost host) => host.Status?.Conditions.Any(condition =>
        condition.Type != KvmHostConditions.Reachable && condition.Status == "False" && condition.Message.Contains("libvirt", StringComparison.OrdinalIgnoreCase)) == true;

    private Task UntilAccessAsync(string access) => KvmLab.UntilAsync(
        $"libvirt of {Host} is asked by {access}", async () => await Cluster.FieldAsync("kvmhost", Host, AccessPath, CancellationToken) == access, Deadline, CancellationToken);

    /// <summary>A guest that people start and stop, at work on the host, and another one that may be moved.</summary>
    private async Task RunByHandAsync()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("xx", ByHand(Host)) + "---\n" + PoolManifests.Guest("moving"), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>("default/xx", "it is defined", one => one.Status.Is(VirtualMachineConditions.Defined), StartDeadline, CancellationToken);
        if ((await HostsRunningAsync("xx")).Count == 0)
        {
            await StartByHandAsync(Host, "xx");
        }

        await UntilToldAsync(Host, "xx", runs: true);
        await UntilRunningAsync("moving");
    }

    private async Task ChangesAreToldAsync()
    {
        await DestroyByHandAsync(Host, "xx");
        await StartByHandAsync(Host, "xx");
    }
}
