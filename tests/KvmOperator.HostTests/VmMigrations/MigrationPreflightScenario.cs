using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>What stands in the way of a move is said before anything is touched, with what to do about it. Obstacles that a move names together are tried together.</summary>
public sealed class MigrationPreflightScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string LocalDisk = "/var/lib/libvirt/local.qcow2";
    private const string CachedDisk = "/var/lib/libvirt/images/cached.qcow2";

    [Fact]
    public async Task Each_obstacle_is_named_with_its_remedy_and_nothing_is_touched()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        var target = Other(source);

        await RefusedAsync("elsewhere", "node9", "there is no KvmHost node9");
        await RefusedByTheTargetsSpecAsync(target);
        await RefusedByWhatIsOnTheHostsAsync(source, target);

        // Nothing of it is left: the guest may move.
        await Lab.PoolIsReadyAsync(CancellationToken);
        await UntilRunningAsync("xx");
        Assert.Equal([source], await HostsRunningAsync("xx"));
        Succeeded(await MoveAsync("free", "xx", target));
    }

    private async Task RefusedByTheTargetsSpecAsync(string target)
    {
        await PatchHostAsync(target, "{\"mode\":\"Cordoned\"}", host => host.Status.Is(CommonConditions.Ready));
        await RefusedAsync("cordoned", target, "spec.mode is Cordoned");

        await PatchHostAsync(target, "{\"mode\":\"Active\",\"capacity\":{\"memoryReserved\":\"64Gi\"}}", host => host.Status.Is(CommonConditions.Ready) && host.Status!.Capacity?.AllocatableMemoryBytes is null or <= 0);
        await RefusedAsync("memory", target, "of memory are left for guests");

        // A port where no sshd is makes it not Ready, and nothing has to be broken on the machine.
        await PatchHostAsync(target, "{\"capacity\":{\"memoryReserved\":null},\"ssh\":{\"port\":1}}", host => host.Status.Condition(CommonConditions.Ready)?.Status == "False", observed: false);
        await RefusedAsync("silent", target, "it is not Ready");

        await PatchHostAsync(target, $"{{\"ssh\":{{\"port\":{Lab.Manifests.Port(target)}}}}}", host => host.Status.Is(CommonConditions.Ready) && host.Status!.Capacity?.AllocatableMemoryBytes > 0);
    }

    private async Task RefusedByWhatIsOnTheHostsAsync(string source, string target)
    {
        var domain = Domain("xx");
        string[] onTheTarget =
        [
            // A domain of that name.
            $"printf '<domain type=\"kvm\"><name>{domain}</name><memory>65536</memory><os><type>hvm</type></os></domain>' | virsh define /dev/stdin",
            "virsh net-destroy default",
            "iptables -I INPUT -p tcp --dport 49152:49215 -j DROP",
        ];
        string[] onTheSource =
        [
            // A disk that only the source has, and one with a cache that may hide writes from the other host.
            $"qemu-img create -q -f qcow2 {LocalDisk} 1M && virsh attach-disk {domain} {LocalDisk} vdz --subdriver qcow2 --cache none --live",
            $"qemu-img create -q -f qcow2 {CachedDisk} 1M && virsh attach-disk {domain} {CachedDisk} vdy --subdriver qcow2 --cache writeback --live",

            // A processor that no emulated host has.
            $"virsh dumpxml --inactive {domain} >/run/before.xml && sed \"s|</cpu>|<feature policy='require' name='xop'/></cpu>|\" /run/before.xml >/run/after.xml && ! cmp -s /run/before.xml /run/after.xml && virsh define /run/after.xml",
        ];

        // The operator would mend all of it within minutes. Of a host that it does not look at it knows nothing after two minutes, so that one is paused last.
        await PauseAsync("virtualmachine", "xx");
        foreach (var command in onTheSource)
        {
            await Lab.Machines.RunAsync(source, command, CancellationToken);
        }

        await PauseAsync("kvmhost", target);
        await Lab.Machines.RunAsync(target, string.Join(" && ", onTheTarget), CancellationToken);
        try
        {
            await RefusedAsync(
                "hosts", target, "has a domain of that name", "no active network or bridge default", "migration ports", $"does not see the disk {LocalDisk}", $"the disk {CachedDisk} has a cache", "spec.allowUnsafe", "the guest's processor");
        }
        finally
        {
            await Lab.Machines.RunAsync(
                target,
                $"virsh undefine {domain}; iptables -D INPUT -p tcp --dport 49152:49215 -j DROP; virsh net-start default || virsh -r net-info default | grep -q 'Active:.*yes'",
                CancellationToken);
            await ResumeAsync("kvmhost", target);

            // A guest takes seconds to let go of a disk, and virsh does not wait for so long.
            await Lab.Machines.RunAsync(
                source,
                $"""
                virsh define /run/before.xml || exit
                for disk in vdz vdy; do
                  for try in $(seq 60); do
                    virsh -r domblklist {domain} | grep -q " $disk " || continue 2
                    virsh detach-disk {domain} $disk --live
                    sleep 1
                  done
                  echo "$disk does not go" >&2
                  exit 1
                done
                """,
                CancellationToken,
                TimeSpan.FromMinutes(3));
            await ResumeAsync("virtualmachine", "xx");
        }

        // The last looks at the hosts are from before: what was mended has to be seen.
        await Cluster.UntilAsync<VirtualMachine>("default/xx", "it is looked after again", guest => guest.Status is { Phase: "Running" }, StartDeadline, CancellationToken);
    }

    private async Task RefusedAsync(string name, string target, params string[] words)
    {
        var move = await MoveAsync(name, "xx", target);

        Failed(move, VmMigrationReasons.PreflightRefused);
        Assert.True(move.Status.Condition(VmMigrationConditions.PreflightPassed) is { Status: "False", Reason: VmMigrationReasons.PreflightRefused }, Story(move));
        Assert.All(words, word => Assert.Contains(word, Story(move), StringComparison.Ordinal));
        Assert.DoesNotContain(move.Status!.PhaseTransitions, transition => transition.Phase == VmMigrationPhase.Preparing);
    }

    private Task PauseAsync(string kind, string name) => Cluster.KubectlAsync(CancellationToken, "annotate", kind, name, $"{Annotations.Paused}=true", "--overwrite");

    private Task ResumeAsync(string kind, string name) => Cluster.KubectlAsync(CancellationToken, "annotate", kind, name, $"{Annotations.Paused}-");

    private async Task PatchHostAsync(string host, string spec, Func<KvmHost, bool> until, bool observed = true)
    {
        await Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", host, "--type=merge", "-p", $"{{\"spec\":{spec}}}");
        await Cluster.UntilAsync<KvmHost>(
            host, $"{spec} was taken in", one => (!observed || one.Status!.ObservedGeneration == one.Metadata.Generation) && until(one), StartDeadline, CancellationToken);
    }
}
