using System.Diagnostics;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>libvirt is restarted while guests run, as every upgrade of it does: they run on, nobody says otherwise, and what happened meanwhile is not missed.</summary>
public sealed class LibvirtRestartScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Host = "node1";

    [Fact]
    public async Task Nobody_is_called_off_and_a_guest_that_died_meanwhile_is_seen()
    {
        await RunByHandAsync("kept");
        await RunByHandAsync("lost");
        var process = await ProcessAsync("kept");
        var clock = Stopwatch.StartNew();
        await using var reachability = Reachability.Begin(Cluster);
        await using var kept = StatusWatch.Begin(Cluster.Kubeconfig, "virtualmachine", "kept", clock);

        await Lab.Machines.RunAsync(Host, "systemctl restart libvirtd", CancellationToken, StartDeadline);
        await Lab.BeatsAsync(Host, 3, CancellationToken);
        await UntilToldAsync(Host, "kept", runs: true);
        await UntilToldAsync(Host, "lost", runs: true);

        // With its sockets, or whoever asks would start it again.
        await Lab.Machines.RunAsync(
            Host,
            $"systemctl stop 'libvirtd*.socket' libvirtd && kill -KILL \"$(cat /run/libvirt/qemu/{Domain("lost")}.pid)\" && systemctl start libvirtd.socket libvirtd-ro.socket libvirtd",
            CancellationToken,
            StartDeadline);
        await UntilToldAsync(Host, "lost", runs: false);
        await Lab.BeatsAsync(Host, 3, CancellationToken);
        await UntilToldAsync(Host, "kept", runs: true);

        Assert.Equal(process, await ProcessAsync("kept"));
        Assert.All(
            kept.Writes,
            write => Assert.False(
                write.Status["conditions"]!.AsArray().Any(condition => (string?)condition!["type"] == VirtualMachineConditions.Running && (string?)condition["status"] == "False"),
                $"the guest was called off {write.Time.TotalSeconds:0} s after the beginning: {write.Status.ToJsonString()}"));
        Assert.True((await Cluster.GetAsync<KvmHost>(Host, CancellationToken)).Status.Is(KvmHostConditions.Reachable));
        await reachability.WasNeverLostAsync(CancellationToken);
    }

    private async Task RunByHandAsync(string guest)
    {
        await Cluster.ApplyAsync(PoolManifests.Guest(guest, ByHand(Host)), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>($"default/{guest}", "it is defined", one => one.Status.Is(VirtualMachineConditions.Defined), StartDeadline, CancellationToken);
        if ((await HostsRunningAsync(guest)).Count == 0)
        {
            await StartByHandAsync(Host, guest);
        }

        await UntilToldAsync(Host, guest, runs: true);
    }

    /// <summary>The guest's process and when it was started: another start is another process.</summary>
    private async Task<string> ProcessAsync(string guest) =>
        (await Lab.Machines.RunAsync(Host, $"ps -o pid=,lstart= -p \"$(cat /run/libvirt/qemu/{Domain(guest)}.pid)\"", CancellationToken)).Output.Trim();
}
