using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>A host that is restarted in order ends its guests in order. That is nobody's wish for a guest that is to run again after a failure.</summary>
public sealed class HostRebootScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private static readonly TimeSpan RebootDeadline = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task A_guest_that_was_shut_down_with_its_host_runs_again_and_is_started_by_the_operator_alone()
    {
        const string rerun = "  runStrategy: RerunOnFailure";
        var guest = await RunningGuestAsync("xx", rerun);
        var (host, started) = (guest.Status!.Host!, guest.Status.StartTime);

        // What RHEL does with the machine where somebody enabled it; the operator mends that first.
        await Lab.Machines.RunAsync(host, "printf 'ON_BOOT=start\\nON_SHUTDOWN=suspend\\n' > /etc/default/libvirt-guests", CancellationToken);
        await KvmLab.UntilAsync(
            "libvirt-guests does not start guests",
            async () => (await Lab.Machines.TryRunAsync(host, "tail -n 3 /etc/default/libvirt-guests | grep -qx ON_BOOT=ignore", CancellationToken)).Succeeded,
            RebootDeadline,
            CancellationToken);
        await UntilItCountsAsync(host, "xx");

        await Lab.Machines.TryRunAsync(host, "systemctl reboot", CancellationToken);

        var again = await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it was started again", one => one.Status is { Phase: "Running" } && one.Status.StartTime > started && one.Status.Is(CommonConditions.Ready), RebootDeadline, CancellationToken);
        Assert.Equal(host, again.Status!.Host);
        Assert.Contains(KvmHostReasons.Rebooted, await Cluster.EventReasonsAsync(host, CancellationToken));
        Assert.False((await Lab.Machines.TryRunAsync(host, "ls /var/lib/libvirt/qemu/save/*.save", CancellationToken)).Succeeded);

        // Its user's own wish counts as before.
        await UntilItCountsAsync(host, "xx");
        await Lab.Machines.RunAsync(host, "virsh shutdown default_xx", CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it stays off", one => one.Status.IsNot(VirtualMachineConditions.Running, VirtualMachineReasons.EndedInOrder), StartDeadline, CancellationToken);

        // Also when nobody can ask the host for a while, and its libvirt has forgotten then how the guest ended.
        await Lab.Machines.VerbAsync(CancellationToken, "crash", host);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "nobody knows", one => one.Status.Condition(VirtualMachineConditions.Running)?.Reason == VirtualMachineReasons.HostUnknown, StartDeadline, CancellationToken);
        await Lab.Machines.TryAsync(["start", host], CancellationToken, RebootDeadline);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it still stays off", one => one.Status.IsNot(VirtualMachineConditions.Running, VirtualMachineReasons.EndedInOrder), RebootDeadline, CancellationToken);
        Assert.Empty(await HostsRunningAsync("xx"));
    }
}
