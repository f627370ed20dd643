using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>What stands in the way of a move is said before anything is touched, with what to do about it.</summary>
public sealed class MigrationPreflightScenario(LabFixture fixture) : GuestScenario(fixture)
{
    [Fact]
    public async Task Each_obstacle_is_named_with_its_remedy_and_nothing_is_touched()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        var target = Other(source);
        var domain = Domain("xx");

        await RefusedAsync("elsewhere", "node9", "there is no KvmHost node9", _ => Task.CompletedTask, _ => Task.CompletedTask);

        // The target takes no guests.
        await RefusedAsync(
            "cordoned",
            target,
            "spec.mode is Cordoned",
            _ => SetModeAsync(target, "Cordoned"),
            _ => SetModeAsync(target, "Active"));

        // A domain of that name is there.
        await RefusedAsync(
            "taken",
            target,
            "has a domain of that name",
            token => Lab.Machines.RunAsync(target, $"printf '<domain type=\"kvm\"><name>{domain}</name><memory>65536</memory><os><type>hvm</type></os></domain>' | virsh define /dev/stdin", token),
            token => Lab.Machines.RunAsync(target, $"virsh undefine {domain}", token));

        // The network is not there.
        await RefusedAsync(
            "network",
            target,
            "no active network or bridge default",
            token => Lab.Machines.RunAsync(target, "virsh net-destroy default", token),
            token => Lab.Machines.RunAsync(target, "virsh net-start default || virsh -r net-info default | grep -q 'Active:.*yes'", token));

        // The migration ports are closed.
        await RefusedAsync(
            "ports",
            target,
            "migration ports",
            token => Lab.Machines.RunAsync(target, "iptables -I INPUT -p tcp --dport 49152:49215 -j DROP", token),
            token => Lab.Machines.RunAsync(target, "iptables -D INPUT -p tcp --dport 49152:49215 -j DROP", token));

        // The disk is one that only the source has.
        await RefusedAsync(
            "local-disk",
            target,
            "does not see the disk",
            token => Lab.Machines.RunAsync(source, $"qemu-img create -q -f qcow2 /var/lib/libvirt/local.qcow2 1M && virsh attach-disk {domain} /var/lib/libvirt/local.qcow2 vdz --subdriver qcow2 --cache none --live", token),
            token => Lab.Machines.RunAsync(source, $"virsh detach-disk {domain} vdz --live || true", token));

        // A cache on the host may hide writes from the other.
        await RefusedAsync(
            "cache",
            target,
            "spec.allowUnsafe",
            token => Lab.Machines.RunAsync(
                source,
                $"qemu-img create -q -f qcow2 /var/lib/libvirt/images/cached.qcow2 1M && virsh attach-disk {domain} /var/lib/libvirt/images/cached.qcow2 vdy --subdriver qcow2 --cache writeback --live",
                token),
            token => Lab.Machines.RunAsync(source, $"virsh detach-disk {domain} vdy --live || true", token));

        Assert.Equal([source], await HostsRunningAsync("xx"));
        Assert.Equal(VmMigrationPhase.Succeeded, (await MoveAsync("free", "xx", target)).Status!.Phase);
    }

    private async Task RefusedAsync(string name, string target, string words, Func<CancellationToken, Task> before, Func<CancellationToken, Task> after)
    {
        await before(CancellationToken);
        try
        {
            var move = await MoveAsync(name, "xx", target);

            Assert.Equal(VmMigrationPhase.Failed, move.Status!.Phase);
            var refused = move.Status.Condition(VmMigrationConditions.PreflightPassed)!;
            Assert.Equal(("False", VmMigrationReasons.PreflightRefused), (refused.Status, refused.Reason));
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(move.Status.PhaseTransitions, transition => transition.Phase == VmMigrationPhase.Preparing);
        }
        finally
        {
            await after(CancellationToken);
        }
    }

    private async Task SetModeAsync(string host, string mode)
    {
        await Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", host, "--type=merge", "-p", $"{{\"spec\":{{\"mode\":\"{mode}\"}}}}");
        await Cluster.UntilAsync<KvmHost>(
            host, "the mode was taken in", one => one.Status!.ObservedGeneration == one.Metadata.Generation && one.Status.Is(CommonConditions.Ready), StartDeadline, CancellationToken);
    }
}
