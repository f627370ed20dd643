using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>From machines with nothing but sshd to a ready pool by one apply; nothing is changed twice, and what drifts is mended.</summary>
public sealed class OnboardingScenario(LabFixture fixture) : OperatorScenario(fixture)
{
    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(25);
    private static readonly TimeSpan MendDeadline = TimeSpan.FromMinutes(5);

    protected override Beginning Beginning => Beginning.Bare;

    [Fact]
    public async Task Bare_machines_become_a_pool_once_and_drift_is_mended_and_a_reboot_survived()
    {
        await Lab.StartOperatorAsync(CancellationToken);
        await Cluster.ApplyAsync(Lab.Manifests.Hosts + "---\n" + Lab.Manifests.NfsStore(), CancellationToken);
        foreach (var name in new[] { "node1", "node2" })
        {
            var host = await Cluster.UntilAsync<KvmHost>(name, "it is ready", seen => seen.Status.Is(CommonConditions.Ready), InstallDeadline, CancellationToken);
            Assert.All(KvmHostConditions.All.Except([KvmHostConditions.Fenced, KvmHostConditions.Drained], StringComparer.Ordinal), type => Assert.True(host.Status.Is(type), type));
            Assert.True(host.Status is { Capacity: { Cpus: 2, MemoryBytes: > 0 }, System: { Libvirt: not null, Kernel: not null } });
        }

        await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "the store is ready", store => store.Status.Is(CommonConditions.Ready) && store.Status!.Hosts == "2/2", InstallDeadline, CancellationToken);

        // A new operator looks at everything again and changes nothing.
        var files = await FingerprintAsync();
        var events = (await Cluster.EventReasonsAsync("node1", CancellationToken)).Count(reason => reason == KvmHostReasons.DriftMended);
        await Lab.StopOperatorAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);
        await SecondLookAsync("node1");
        Assert.Equal(files, await FingerprintAsync());
        Assert.Equal(events, (await Cluster.EventReasonsAsync("node1", CancellationToken)).Count(reason => reason == KvmHostReasons.DriftMended));

        // Six kinds of drift on one machine, all mended.
        await Lab.StopOperatorAsync(CancellationToken);
        await Lab.Machines.RunAsync(
            "node1",
            "sed -i '/node2/d' /etc/hosts; systemctl stop chrony; virsh net-destroy default; virsh net-autostart default --disable; "
            + "rm -f /root/.ssh/known_hosts; systemctl stop libvirtd libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket; umount /var/lib/libvirt/images",
            CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);
        await KvmLab.UntilAsync("all drift on node1 is mended", IsMendedAsync, MendDeadline, CancellationToken);
        await SecondLookAsync("node1");
        Assert.Contains(KvmHostReasons.DriftMended, await Cluster.EventReasonsAsync("node1", CancellationToken));

        // A reboot: everything is back without help, the store too.
        var boot = (await Cluster.GetAsync<KvmHost>("node2", CancellationToken)).Status!.System!.BootId;
        await Lab.Machines.VerbAsync(CancellationToken, "reboot", "node2");
        await Cluster.UntilAsync<KvmHost>(
            "node2", "it is ready after its reboot", host => host.Status.Is(CommonConditions.Ready) && host.Status!.System!.BootId != boot, InstallDeadline, CancellationToken);
        await Lab.Machines.RunAsync("node2", "mountpoint -q /var/lib/libvirt/images && virsh -r list", CancellationToken);

        // A host that leaves works on without the operator, and its peer no longer lets it in.
        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", "node2", "--wait=false");
        await Cluster.UntilGoneAsync<KvmHost>("node2", MendDeadline, CancellationToken);
        await KvmLab.UntilAsync(
            "node1 has forgotten node2",
            async () => !(await Lab.Machines.TryRunAsync("node1", "grep -q node2 /etc/hosts /root/.ssh/authorized_keys /root/.ssh/known_hosts", CancellationToken)).Succeeded,
            MendDeadline,
            CancellationToken);
        await Lab.Machines.RunAsync("node2", "virsh -r list && ! mountpoint -q /var/lib/libvirt/images", CancellationToken);
        await KvmLab.UntilAsync(
            "the store is no longer exported to node2",
            async () => !(await Lab.Machines.RunAsync("storage", "exportfs -s", CancellationToken)).Output.Contains("192.168.122.200", StringComparison.Ordinal),
            MendDeadline,
            CancellationToken);
    }

    /// <summary>Waits for a look that began after now, and says that all is as it should be.</summary>
    private async Task SecondLookAsync(string name)
    {
        var beat = (await Cluster.GetAsync<KvmHost>(name, CancellationToken)).Status!.LastHeartbeatTime;
        await Cluster.UntilAsync<KvmHost>(name, "it was looked at again", host => host.Status.Is(CommonConditions.Ready) && host.Status!.LastHeartbeatTime > beat, MendDeadline, CancellationToken);
    }

    /// <summary>What the operator wrote on a machine, with the time of each change.</summary>
    private async Task<string> FingerprintAsync() => (await Lab.Machines.RunAsync(
        "node1",
        "stat -c '%n %Y %i' /etc/hosts /etc/hostname /root/.ssh/authorized_keys /root/.ssh/known_hosts /etc/chrony/*/kvm-operator* /etc/systemd/system/*.mount /etc/libvirt/qemu/networks/default.xml 2>/dev/null; systemctl show -p ActiveEnterTimestamp chrony libvirtd",
        CancellationToken)).Output;

    private async Task<bool> IsMendedAsync() => (await Lab.Machines.TryRunAsync(
        "node1",
        "getent hosts node2 && systemctl is-active chrony && virsh -r net-list --name --autostart | grep -q default && virsh -r net-list --name | grep -q default && "
        + "ssh -o BatchMode=yes 192.168.122.200 true && mountpoint -q /var/lib/libvirt/images",
        CancellationToken)).Succeeded;
}
