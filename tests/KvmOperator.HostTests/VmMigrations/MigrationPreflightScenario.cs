using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>What stands in the way of a move is said before anything is touched, with what to do about it. Obstacles that a move names together are tried together.</summary>
public sealed class MigrationPreflightScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Mount = "/var/lib/libvirt/images";
    private const string LocalDisk = "/var/lib/libvirt/local.qcow2";
    private const string CachedDisk = Mount + "/cached.qcow2";

    [Fact]
    public async Task Each_obstacle_is_named_with_its_remedy_and_nothing_is_touched()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        var target = Other(source);

        await RefusedAsync("elsewhere", "node9", "there is no KvmHost node9: correct spec.targetHostRef");
        await RefusedByTheTargetsSpecAsync(target);
        await RefusedByWhatIsOnTheHostsAsync(source, target);

        // Since then it is on the other host.
        (source, target) = (target, source);
        await RefusedByWhatItIsItselfAsync(source, target);

        // Nothing of it is left: the guest may move.
        await Lab.PoolIsReadyAsync(CancellationToken);
        await UntilRunningAsync("xx");
        Assert.Equal([source], await HostsRunningAsync("xx"));
        Succeeded(await MoveAsync("free", "xx", target));
    }

    private async Task RefusedByTheTargetsSpecAsync(string target)
    {
        await PatchHostAsync(target, "{\"mode\":\"Cordoned\"}", host => host.Status.Is(CommonConditions.Ready));
        await RefusedAsync("cordoned", target, "spec.mode is Cordoned: it takes no guests");
        await RefusedAsync("nowhere", null, "no host can take it", $"{target}: spec.mode is Cordoned: it takes no guests");

        await PatchHostAsync(target, "{\"mode\":\"Active\",\"capacity\":{\"memoryReserved\":\"64Gi\"}}", host => host.Status.Is(CommonConditions.Ready) && host.Status!.Capacity?.AllocatableMemoryBytes is null or <= 0);
        await RefusedAsync("memory", target, "of memory are left for guests, 256 MiB are needed");

        // A port where no sshd is makes it not Ready, and nothing has to be broken on the machine.
        await PatchHostAsync(target, "{\"capacity\":{\"memoryReserved\":null},\"ssh\":{\"port\":1}}", host => host.Status.Condition(CommonConditions.Ready)?.Status == "False", observed: false);
        await RefusedAsync("silent", target, "it is not Ready: see its conditions (kubectl describe kvmhost)");

        await PatchHostAsync(target, $"{{\"ssh\":{{\"port\":{Lab.Manifests.Port(target)}}}}}", host => host.Status.Is(CommonConditions.Ready) && host.Status!.Capacity?.AllocatableMemoryBytes > 0);
    }

    /// <summary>Ends with a move that spec.allowUnsafe lets through: a guest with a cached disk.</summary>
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

        // The operator would mend all of it within minutes: what is paused is looked at and left alone.
        await PauseAsync("virtualmachine", "xx");
        foreach (var command in onTheSource)
        {
            await Lab.Machines.RunAsync(source, command, CancellationToken);
        }

        await PauseAsync("kvmhost", target);
        await Lab.Machines.RunAsync(target, string.Join(" && ", onTheTarget), CancellationToken);
        await RefusedAsync(
            "hosts",
            target,
            "has a domain of that name or UUID already: remove it there (virsh undefine)",
            "no active network or bridge default: create it there (virsh net-list, ip link)",
            "migration ports 49152-49215",
            "see the condition FirewallReady there",
            $"does not see the disk {LocalDisk}: put it into an NfsStore that is mounted there",
            $"the disk {CachedDisk} has a cache",
            "set its cache mode to none, or say spec.allowUnsafe",
            "the guest's processor",
            "delete it with deletionPolicy: Retain and apply it again");

        await Lab.Machines.RunAsync(target, $"umount {Mount}", CancellationToken);
        await UntilMountedAsync(target, isMounted: false);
        await RefusedAsync("unmounted", target, $"it cannot use the store {PoolManifests.Store}: see the store's mounts (kubectl describe nfsstore)", $"does not see the disk {Mount}/");

        await Lab.Machines.RunAsync(target, $"virsh undefine {domain} && iptables -D INPUT -p tcp --dport 49152:49215 -j DROP && virsh net-start default", CancellationToken);
        await ResumeAsync("kvmhost", target);
        await UntilMountedAsync(target, isMounted: true);
        await Lab.PoolIsReadyAsync(CancellationToken);
        await Lab.Machines.RunAsync(source, "virsh define /run/before.xml", CancellationToken);
        await DetachAsync(source, "vdz");

        // Of all that only the cache is left, and whoever says so may move it with that.
        Succeeded(await MoveAsync("unsafe", "xx", target, "  allowUnsafe: true"));
        Assert.Equal([target], await HostsRunningAsync("xx"));
        Assert.Contains(CachedDisk, (await Lab.Machines.RunAsync(target, $"virsh -r domblklist {domain}", CancellationToken)).Output, StringComparison.Ordinal);
        await DetachAsync(target, "vdy");
        await ResumeAsync("virtualmachine", "xx");
        await UntilRunningAsync("xx");
    }

    private async Task RefusedByWhatItIsItselfAsync(string source, string target)
    {
        var domain = Domain("xx");
        await PauseAsync("virtualmachine", "xx");

        // Emulated hosts have no device to give away and all have one processor: virsh on the source adds a device to what it prints, and on the target a feature to the processor.
        await WrapVirshAsync(source, "dumpxml", "s|</devices>|<hostdev mode='subsystem' type='pci'/></devices>|");
        await WrapVirshAsync(target, "domcapabilities", "/<mode name='host-model'/a <feature policy='require' name='xop'/>");
        await Lab.Machines.RunAsync(
            source,
            $"""
            /usr/bin/virsh dumpxml --inactive {domain} >/run/before.xml &&
              sed "/<cpu mode=/,/<\/cpu>/d; s|<devices>|<cpu mode='host-passthrough'/><devices>|" /run/before.xml >/run/after.xml && grep -q '</domain>' /run/after.xml &&
              virsh destroy {domain} && virsh define /run/after.xml && virsh start {domain} --paused
            """,
            CancellationToken);
        await Lab.LookedAtAsync(source, CancellationToken);
        await RefusedAsync(
            "itself",
            target,
            "its host's own processor (host-passthrough)",
            "shut the guest down and move it then, or say spec.allowUnsafe",
            "uses a device of its host",
            "take it away, or shut the guest down and move it then");

        await Lab.Machines.RunAsync(source, $"virsh managedsave {domain}", CancellationToken);
        await Lab.LookedAtAsync(source, CancellationToken);
        await RefusedAsync("saved", target, "has a saved state on its host", "start it and move it while it runs, or drop the state (virsh managedsave-remove)");

        await Lab.Machines.RunAsync(target, "rm /usr/local/sbin/virsh", CancellationToken);
        await Lab.Machines.RunAsync(source, $"rm /usr/local/sbin/virsh && virsh managedsave-remove {domain} && virsh define /run/before.xml && virsh start {domain}", CancellationToken);
        await Lab.LookedAtAsync(source, CancellationToken);
        await ResumeAsync("virtualmachine", "xx");
    }

    private async Task RefusedAsync(string name, string? target, params string[] words)
    {
        var move = await MoveAsync(name, "xx", target);

        Failed(move, VmMigrationReasons.PreflightRefused);
        Assert.True(move.Status.Condition(VmMigrationConditions.PreflightPassed) is { Status: "False", Reason: VmMigrationReasons.PreflightRefused }, Story(move));
        Assert.All(words, word => Assert.Contains(word, Story(move), StringComparison.Ordinal));
        Assert.DoesNotContain(move.Status!.PhaseTransitions, transition => transition.Phase == VmMigrationPhase.Preparing);
    }

    /// <summary>Lets virsh on a machine print something else than it would, in one of its commands.</summary>
    private Task WrapVirshAsync(string node, string command, string edit) => Lab.Machines.RunAsync(
        node,
        $"""
        cat >/usr/local/sbin/virsh <<'END' && chmod 755 /usr/local/sbin/virsh
        #!/bin/sh
        case "$*" in *{command}*) ;; *) exec /usr/bin/virsh "$@" ;; esac
        /usr/bin/virsh "$@" >/run/printed.$$ || exit
        sed "{edit}" /run/printed.$$
        rm /run/printed.$$
        END
        """,
        CancellationToken);

    /// <summary>A guest takes seconds to let go of a disk, and virsh does not wait for so long.</summary>
    private Task DetachAsync(string host, string disk) => Lab.Machines.RunAsync(
        host,
        $"""
        for try in $(seq 60); do
          virsh -r domblklist {Domain("xx")} | grep -q " {disk} " || exit 0
          virsh detach-disk {Domain("xx")} {disk} --live
          sleep 1
        done
        echo "{disk} does not go" >&2
        exit 1
        """,
        CancellationToken,
        TimeSpan.FromMinutes(3));

    private Task UntilMountedAsync(string host, bool isMounted) => Cluster.UntilAsync<NfsStore>(
        PoolManifests.Store,
        $"its mount on {host} is {(isMounted ? "there" : "missing")}",
        store => store.Status!.Mounts.Any(mount => mount.Host == host && mount.Ready == isMounted),
        StartDeadline,
        CancellationToken);

    private Task PauseAsync(string kind, string name) => Cluster.KubectlAsync(CancellationToken, "annotate", kind, name, $"{Annotations.Paused}=true", "--overwrite");

    private Task ResumeAsync(string kind, string name) => Cluster.KubectlAsync(CancellationToken, "annotate", kind, name, $"{Annotations.Paused}-");

    private async Task PatchHostAsync(string host, string spec, Func<KvmHost, bool> until, bool observed = true)
    {
        await Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", host, "--type=merge", "-p", $"{{\"spec\":{spec}}}");
        await Cluster.UntilAsync<KvmHost>(
            host, $"{spec} was taken in", one => (!observed || one.Status!.ObservedGeneration == one.Metadata.Generation) && until(one), StartDeadline, CancellationToken);
    }
}
