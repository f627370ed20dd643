using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>When guests run, where, and with what, as their objects say, on real hosts.</summary>
public sealed class RunStrategyScenario(LabFixture fixture) : GuestScenario(fixture)
{
    [Fact]
    public async Task A_guest_that_was_killed_comes_back_and_one_that_was_powered_off_from_inside_stays_off()
    {
        const string Strategy = "  runStrategy: RerunOnFailure\n  terminationGracePeriodSeconds: 0";
        var host = (await RunningGuestAsync("xx", Strategy)).Status!.Host!;

        await Lab.Machines.RunAsync(host, "kill -9 \"$(cat /run/libvirt/qemu/default_xx.pid)\"", CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it was started again after the crash", one => one.Status is { Phase: "Running", RestartCount: 1 }, StartDeadline, CancellationToken);

        await UntilItCountsAsync(host, "xx");
        await TypeAsync(host, "xx", "off", "Power down");
        var off = await UntilPhaseAsync("xx", "Stopped");
        Assert.True(off.Status.IsNot(VirtualMachineConditions.Running, VirtualMachineReasons.EndedInOrder));

        // A restarted libvirt has forgotten why the guest is off.
        await Lab.Machines.RunAsync(host, "systemctl restart libvirtd", CancellationToken);
        await UntilLookedAtAsync(host);
        Assert.Empty(await HostsRunningAsync("xx"));

        // Off by the spec and on again is a wish, whatever was before.
        await Cluster.ApplyAsync(PoolManifests.Guest("xx", "  runStrategy: Halted"), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it is off as the spec says", one => one.Status.IsNot(VirtualMachineConditions.Running, VirtualMachineReasons.Stopped), StartDeadline, CancellationToken);
        await RunningGuestAsync("xx", Strategy);
    }

    [Fact]
    public async Task Another_number_of_processors_and_a_larger_disk_reach_a_running_guest_or_wait_for_its_restart()
    {
        var guest = PoolManifests.Guest("xx").Replace("  networks:\n", "  - {name: data, storeRef: {name: images}, size: 8Mi}\n  networks:\n", StringComparison.Ordinal);
        await Cluster.ApplyAsync(guest, CancellationToken);
        var host = (await UntilRunningAsync("xx")).Status!.Host!;

        await Cluster.ApplyAsync(
            guest.Replace("vcpus: 1", "vcpus: 2", StringComparison.Ordinal).Replace("size: 8Mi", "size: 16Mi", StringComparison.Ordinal), CancellationToken);
        var changed = await Cluster.UntilAsync<VirtualMachine>(
            "default/xx",
            "its disk was grown",
            one => one.Status?.ObservedGeneration == one.Metadata.Generation && one.Status!.Disks.Any(disk => disk is { Name: "data", VirtualBytes: 16 << 20 }),
            StartDeadline,
            CancellationToken);

        Assert.Equal("2", (await Lab.Machines.RunAsync(host, "virsh -r vcpucount --current --config default_xx", CancellationToken)).Output.Trim());
        var live = (await Lab.Machines.RunAsync(host, "virsh -r vcpucount --current --live default_xx", CancellationToken)).Output.Trim();
        Assert.True(
            live == "2" || changed.Status.Condition(VirtualMachineConditions.RestartRequired) is { Status: "True" } waits && waits.Message.Contains("2 virtual CPUs", StringComparison.Ordinal),
            $"the guest has {live} processors, and nothing says that more wait for a restart");
        Assert.Contains(
            "16777216", (await Lab.Machines.RunAsync(host, "virsh -r domblkinfo default_xx /var/lib/libvirt/images/default_xx/data.qcow2", CancellationToken)).Output, StringComparison.Ordinal);
        Assert.Equal([host], await HostsRunningAsync("xx"));
    }

    [Fact]
    public async Task A_pinned_guest_runs_on_its_host_alone_and_is_not_started_elsewhere_when_the_pin_is_changed()
    {
        Assert.Equal("node2", (await RunningGuestAsync("pinned", "  placement: {hostRef: {name: node2}}\n  terminationGracePeriodSeconds: 0")).Status!.Host);

        await Cluster.ApplyAsync(PoolManifests.Guest("pinned", "  placement: {hostRef: {name: node1}}\n  runStrategy: Halted\n  terminationGracePeriodSeconds: 0"), CancellationToken);
        await UntilPhaseAsync("pinned", "Stopped");
        await Cluster.ApplyAsync(PoolManifests.Guest("pinned", "  placement: {hostRef: {name: node1}}"), CancellationToken);
        var refused = await Cluster.UntilAsync<VirtualMachine>(
            "default/pinned", "its home is the wrong host", one => one.Status.IsNot(VirtualMachineConditions.Running, VirtualMachineReasons.NoHostFits), StartDeadline, CancellationToken);
        Assert.Contains("asks for node1", refused.Status.Condition(VirtualMachineConditions.Running)!.Message, StringComparison.Ordinal);
        Assert.Empty(await HostsRunningAsync("pinned"));

        Assert.Equal(VmMigrationPhase.Succeeded, (await MoveAsync("to-its-pin", "pinned", "node1")).Status!.Phase);
        Assert.Equal("node1", (await UntilRunningAsync("pinned")).Status!.Host);
    }

    /// <summary>Waits until the operator has looked at a host after this moment.</summary>
    private async Task UntilLookedAtAsync(string host)
    {
        var before = (await Cluster.UntilAsync<KvmHost>(host, "it was looked at", seen => seen.Status?.LastHeartbeatTime is not null, StartDeadline, CancellationToken)).Status!.LastHeartbeatTime;
        await Cluster.UntilAsync<KvmHost>(host, "it was looked at again", seen => seen.Status?.LastHeartbeatTime > before, StartDeadline, CancellationToken);
    }
}
