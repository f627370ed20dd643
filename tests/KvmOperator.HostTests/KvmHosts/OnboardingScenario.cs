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
    private const string Mount = "/var/lib/libvirt/images";

    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(25);
    private static readonly TimeSpan MendDeadline = TimeSpan.FromMinutes(5);

    /// <summary>A look comes every ten seconds; what it finds is mended at once, and not at the check of everything that comes every five minutes.</summary>
    private static readonly TimeSpan LookDeadline = TimeSpan.FromMinutes(2);

    private static readonly string[] Nodes = ["node1", "node2"];

    /// <summary>What is done to a machine, and what then holds. libvirt is stopped last: it says how its network is.</summary>
    private static readonly (string Drift, string IsThere)[] Drifts =
    [
        ("sed -i '/node2/d' /etc/hosts", "! grep -q node2 /etc/hosts"),
        ("systemctl stop chrony", "! systemctl is-active --quiet chrony"),
        ("rm -f /root/.ssh/known_hosts", "[ ! -e /root/.ssh/known_hosts ]"),
        ("virsh net-destroy default", "list=$(virsh -r net-list --name) && ! echo \"$list\" | grep -q default"),
        ("virsh net-autostart default --disable", "list=$(virsh -r net-list --all --name --autostart) && ! echo \"$list\" | grep -q default"),
        ("systemctl stop libvirtd libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket", "! systemctl is-active --quiet libvirtd && ! systemctl is-active --quiet libvirtd.socket"),
    ];

    protected override Beginning Beginning => Beginning.Bare;

    [Fact]
    public async Task Bare_machines_become_a_pool_once_and_drift_is_mended_and_a_reboot_survived()
    {
        await Lab.StartOperatorAsync(CancellationToken);
        await Cluster.ApplyAsync(Lab.Manifests.Hosts + "---\n" + Lab.Manifests.NfsStore(), CancellationToken);
        foreach (var name in Nodes)
        {
            var host = await Cluster.UntilAsync<KvmHost>(name, "it is ready", seen => seen.Status.Is(CommonConditions.Ready), InstallDeadline, CancellationToken);
            Assert.All(KvmHostConditions.All.Except([KvmHostConditions.Fenced, KvmHostConditions.Drained], StringComparer.Ordinal), type => Assert.True(host.Status.Is(type), type));
            Assert.True(host.Status is { Capacity: { Cpus: 2, MemoryBytes: > 0 }, System: { Libvirt: not null, Kernel: not null } });
        }

        await Cluster.UntilAsync<NfsStore>(PoolManifests.Store, "the store is ready", store => store.Status.Is(CommonConditions.Ready) && store.Status!.Hosts == "2/2", InstallDeadline, CancellationToken);

        // libvirt's own network is asked for by guests that name it, also by one that is not to run.
        await Cluster.ApplyAsync(PoolManifests.Guest("network", "  runStrategy: Halted"), CancellationToken);
        foreach (var name in Nodes)
        {
            await KvmLab.UntilAsync(
                $"the default network runs on {name}",
                async () => (await Lab.Machines.TryRunAsync(name, "virsh -r net-list --name --autostart | grep -q default && virsh -r net-list --name | grep -q default", CancellationToken)).Succeeded,
                MendDeadline,
                CancellationToken);
        }

        // A new operator looks at everything again and changes nothing.
        await LookedAtAsync();
        await Lab.StopOperatorAsync(CancellationToken);
        var (files, mended) = (await FingerprintsAsync(), await MendedAsync());
        await Lab.StartOperatorAsync(CancellationToken);
        await LookedAtAsync();
        Assert.Equal(files, await FingerprintsAsync());
        Assert.Equal(mended, await MendedAsync());

        // Six kinds of drift on one machine while nobody looks, all mended.
        await Lab.StopOperatorAsync(CancellationToken);
        var (names, peers) = (await MendedAsync("node1", KvmHostConditions.NamesResolved), await MendedAsync("node1", KvmHostConditions.PeersTrusted));
        foreach (var (drift, isThere) in Drifts)
        {
            Assert.False((await Lab.Machines.TryRunAsync("node1", isThere, CancellationToken)).Succeeded, $"it was so before: {isThere}");
            await Lab.Machines.RunAsync("node1", drift, CancellationToken);
            await Lab.Machines.RunAsync("node1", isThere, CancellationToken);
        }

        await Lab.StartOperatorAsync(CancellationToken);
        await KvmLab.UntilAsync("all drift on node1 is mended", IsMendedAsync, MendDeadline, CancellationToken);
        await LookedAtAsync();
        Assert.True(await MendedAsync("node1", KvmHostConditions.NamesResolved) > names, "it is not told that names were mended");
        Assert.True(await MendedAsync("node1", KvmHostConditions.PeersTrusted) > peers, "it is not told that the trust of the peers was mended");

        // An operator at work sees at its next look that a store is not mounted any more.
        var mounts = await MendedAsync("node1", KvmHostConditions.StoresMounted);
        await Lab.Machines.RunAsync("node1", $"for try in 1 2 3 4 5; do umount {Mount} && break; sleep 0.5; done; ! mountpoint -q {Mount}", CancellationToken);
        await KvmLab.UntilAsync(
            "the store is mounted on node1 again",
            async () => (await Lab.Machines.TryRunAsync("node1", $"mountpoint -q {Mount}", CancellationToken)).Succeeded,
            LookDeadline,
            CancellationToken);
        await KvmLab.UntilAsync("it is told that the mount was mended", async () => await MendedAsync("node1", KvmHostConditions.StoresMounted) > mounts, LookDeadline, CancellationToken);
        await LookedAtAsync();

        // A reboot: everything is back without help, the store too.
        var boot = (await Cluster.GetAsync<KvmHost>("node2", CancellationToken)).Status!.System!.BootId;
        await Lab.Machines.VerbAsync(CancellationToken, "reboot", "node2");
        await Cluster.UntilAsync<KvmHost>(
            "node2", "it is ready after its reboot", host => host.Status.Is(CommonConditions.Ready) && host.Status!.System!.BootId != boot, InstallDeadline, CancellationToken);
        await Lab.Machines.RunAsync("node2", $"mountpoint -q {Mount} && virsh -r list", CancellationToken);

        // A host that leaves works on without the operator, and its peer no longer lets it in.
        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", "node2", "--wait=false");
        await Cluster.UntilGoneAsync<KvmHost>("node2", MendDeadline, CancellationToken);
        await KvmLab.UntilAsync(
            "node1 has forgotten node2",
            async () => !(await Lab.Machines.TryRunAsync("node1", "grep -q node2 /etc/hosts /root/.ssh/authorized_keys /root/.ssh/known_hosts", CancellationToken)).Succeeded,
            MendDeadline,
            CancellationToken);
        await Lab.Machines.RunAsync("node2", $"virsh -r list && ! mountpoint -q {Mount}", CancellationToken);
        await KvmLab.UntilAsync(
            "the store is no longer exported to node2",
            async () => !(await Lab.Machines.RunAsync("storage", "exportfs -s", CancellationToken)).Output.Contains("192.168.122.200", StringComparison.Ordinal),
            MendDeadline,
            CancellationToken);
    }

    /// <summary>Waits for a whole pass over both hosts that began after now, and says that all is as it should be.</summary>
    private async Task LookedAtAsync()
    {
        foreach (var name in Nodes)
        {
            await Lab.LookedAtAsync(name, CancellationToken);
            await Cluster.UntilAsync<KvmHost>(name, "it is ready", host => host.Status.Is(CommonConditions.Ready), MendDeadline, CancellationToken);
        }
    }

    /// <summary>What the operator made on the machines, with the time of each change.</summary>
    private async Task<string> FingerprintsAsync()
    {
        const string Fingerprint =
            """
            for file in /etc/hosts /etc/hostname /root/.ssh/authorized_keys /root/.ssh/known_hosts /root/.ssh/config /etc/ssh/ssh_config /etc/ssh/ssh_config.d/* /etc/chrony/chrony.conf /etc/chrony/*/kvm-operator* \
                /etc/sysctl.d/*kvm-operator* /etc/systemd/system/*.mount /etc/libvirt/qemu/networks/default.xml /etc/exports /etc/exports.d/* /etc/ufw/*.rules; do
              [ ! -e "$file" ] || { stat -c '%n %Y %i' "$file"; sha256sum <"$file"; }
            done
            systemctl show -p ActiveEnterTimestamp chrony libvirtd
            for tables in iptables-save ip6tables-save; do
              command -v $tables >/dev/null && $tables | sed '/^#/d; s/\[[0-9]*:[0-9]*\]//'
            done
            if systemctl is-active --quiet firewalld; then firewall-cmd --list-all; firewall-cmd --list-rich-rules; fi
            if command -v ufw >/dev/null; then ufw status; fi
            """;
        var all = new List<string>();
        foreach (var node in Nodes)
        {
            all.Add($"{node}:\n{(await Lab.Machines.RunAsync(node, Fingerprint, CancellationToken)).Output}");
        }

        return string.Join('\n', all);
    }

    /// <summary>How often it was told that something was mended, on both hosts.</summary>
    private async Task<int> MendedAsync() => await MendedAsync("node1", string.Empty) + await MendedAsync("node2", string.Empty);

    private Task<int> MendedAsync(string node, string condition) => Cluster.ToldAsync(node, KvmHostReasons.DriftMended, condition, CancellationToken);

    private async Task<bool> IsMendedAsync() => (await Lab.Machines.TryRunAsync(
        "node1",
        "getent hosts node2 && systemctl is-active chrony && virsh -r net-list --name --autostart | grep -q default && virsh -r net-list --name | grep -q default && "
        + $"ssh -o BatchMode=yes 192.168.122.200 true && mountpoint -q {Mount}",
        CancellationToken)).Succeeded;
}
