using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>
/// A machine with a life of its own becomes a host: its FQDN, its ntpsec, its bridges and the rules of its firewall stay as they are, SELinux's mode too where it has one. When it leaves, all is as
/// it was before.
/// </summary>
public sealed class AdoptedMachineScenario(LabFixture fixture) : OperatorScenario(fixture)
{
    private const string Name = "node1.example.com";

    /// <summary>What a person made of the machine. Its clock comes from the lab's own server.</summary>
    private const string Life =
        $$"""
        set -e
        export DEBIAN_FRONTEND=noninteractive
        hostnamectl set-hostname {{Name}}
        printf '192.168.122.100 {{Name}} node1\n' >>/etc/hosts
        apt-get -q update
        apt-get -q -y --no-install-recommends install ntpsec
        printf 'driftfile /var/lib/ntpsec/ntp.drift\nserver 192.168.122.1 iburst minpoll 3\n' >/etc/ntpsec/ntp.conf
        systemctl enable ntpsec
        systemctl restart ntpsec
        systemctl enable --now libvirtd
        ! virsh net-info default >/dev/null 2>&1 || { virsh net-destroy default >/dev/null 2>&1 || true; virsh net-undefine default; }
        ip link add br-site type bridge
        ip link set br-site up
        if systemctl is-active --quiet firewalld; then
          for where in --permanent ''; do firewall-cmd $where --zone=public --add-rich-rule='rule family="ipv4" source address="192.0.2.7" service name="ssh" accept'; done
        fi
        mkdir -p /root/.ssh
        printf 'Host own\n  Port 2222\n' >>/root/.ssh/config
        """;

    /// <summary>What nobody asked to change, a line or more each: it has to be the same also while the machine is a host.</summary>
    private const string Kept =
        """
        echo "name: $(hostname), $(hostname -f), $(getent hosts "$(hostname)" | head -n 1), $(cat /etc/hostname)"
        echo "of its address: $(getent hosts 192.168.122.100)"
        echo "time: $(systemctl is-active ntpsec) $(systemctl is-enabled ntpsec) $(dpkg-query -W -f '${db:Status-Status}' chrony 2>/dev/null)"
        sha256sum /etc/ntpsec/ntp.conf
        echo "bridges: $(ip -br link show type bridge | grep -v '^virbr' | cut -d ' ' -f 1 | tr '\n' ' ')"
        echo "networks: $(virsh -r net-list --all --name | tr '\n' ' ')"
        if command -v getenforce >/dev/null; then getenforce; sha256sum /etc/selinux/config 2>/dev/null; fi
        if systemctl is-active --quiet firewalld; then firewall-cmd --permanent --zone=public --list-rich-rules | grep 192.0.2.7; firewall-cmd --zone=public --list-rich-rules | grep 192.0.2.7; fi
        grep -A 1 '^Host own' /root/.ssh/config
        systemctl is-enabled libvirtd
        """;

    /// <summary>What the operator adds to: the same before and after. What is empty is as good as missing.</summary>
    private const string Added =
        """
        for file in /etc/hosts /root/.ssh/authorized_keys /root/.ssh/known_hosts /root/.ssh/config /etc/chrony/chrony.conf /etc/fstab; do echo "$file: $(cat "$file" 2>/dev/null | sha256sum)"; done
        ls /root/.ssh/kvm-operator* /etc/systemd/system/*.mount /etc/sysctl.d/*kvm-operator* /var/lib/kvm-operator /etc/kvm-operator 2>/dev/null
        cat /proc/sys/vm/unprivileged_userfaultfd 2>/dev/null
        grep -c nfs /proc/self/mounts
        if systemctl is-active --quiet firewalld; then firewall-cmd --permanent --zone=public --list-rich-rules | LC_ALL=C sort; firewall-cmd --zone=public --list-rich-rules | LC_ALL=C sort; fi
        true
        """;

    private static readonly TimeSpan LifeDeadline = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    protected override Beginning Beginning => Beginning.Prepared;

    [Fact]
    public async Task A_machine_with_a_life_of_its_own_keeps_it_as_a_host_and_afterwards()
    {
        await Lab.Machines.RunAsync("node1", Life, CancellationToken, LifeDeadline);
        var (kept, added) = (await SayAsync(Kept), await SayAsync(Added));
        var packages = await PackagesAsync();
        Assert.Contains($"name: {Name}, {Name}", kept, StringComparison.Ordinal);

        await Lab.StartOperatorAsync(CancellationToken);
        await Cluster.ApplyAsync(Host() + "---\n" + Lab.Manifests.Host("node2", "192.168.122.200") + "---\n" + Lab.Manifests.NfsStore(), CancellationToken);
        var host = await Cluster.UntilAsync<KvmHost>(
            "node1", "it is ready, with its store", seen => seen.Status.Is(CommonConditions.Ready) && seen.Status.Condition(KvmHostConditions.StoresMounted)!.Message == "all stores are mounted", InstallDeadline, CancellationToken);
        Assert.Contains($"calls itself {Name}, which stays", host.Status.Condition(KvmHostConditions.NamesResolved)!.Message, StringComparison.Ordinal);
        Assert.Contains("ntpsec", host.Status.Condition(KvmHostConditions.TimeSynchronized)!.Message, StringComparison.Ordinal);
        await Cluster.UntilAsync<KvmHost>("node2", "its peer is ready", seen => seen.Status.Is(CommonConditions.Ready), InstallDeadline, CancellationToken);
        await Lab.LookedAtAsync("node1", CancellationToken);
        Assert.Equal(kept, await SayAsync(Kept));
        Assert.NotEqual(added, await SayAsync(Added));
        Assert.Empty(packages.Except(await PackagesAsync(), StringComparer.Ordinal));

        // What would take a package away is told, and waits.
        await Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", "node1", "--type=merge", "-p", "{\"spec\":{\"preparation\":{\"timeServers\":[\"192.168.122.1\"]}}}");
        var waiting = await Cluster.UntilAsync<KvmHost>(
            "node1", "it is told what would have to go", seen => seen.Status.IsNot(KvmHostConditions.TimeSynchronized, CommonReasons.StepFailed), InstallDeadline, CancellationToken);
        Assert.Contains("apt-get remove ntpsec", waiting.Status.Condition(KvmHostConditions.TimeSynchronized)!.Message, StringComparison.Ordinal);
        Assert.Equal(kept, await SayAsync(Kept));
        await Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", "node1", "--type=merge", "-p", "{\"spec\":{\"preparation\":{\"timeServers\":[],\"timeService\":\"Unmanaged\"}}}");
        await Cluster.UntilAsync<KvmHost>(
            "node1", "it is ready with a clock that is left to others", seen => seen.Status.Is(CommonConditions.Ready) && seen.Status!.ObservedGeneration == seen.Metadata.Generation, Deadline, CancellationToken);

        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", "node1", "--wait=false");
        await Cluster.UntilGoneAsync<KvmHost>("node1", Deadline, CancellationToken);
        Assert.Equal(kept, await SayAsync(Kept));
        Assert.Equal(added, await SayAsync(Added));
    }

    /// <summary>As a person writes one who asks for nothing.</summary>
    private string Host() =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: KvmHost
        metadata:
          name: node1
        spec:
          address: 192.168.122.100
          ssh:
            host: 127.0.0.1
            port: {Lab.Manifests.Port("node1")}
            credentialsSecretRef:
              name: {PoolManifests.SecretName}
        """ + "\n";

    private async Task<string> SayAsync(string script) => (await Lab.Machines.RunAsync("node1", script, CancellationToken)).Output;

    /// <summary>The packages that are installed.</summary>
    private async Task<string[]> PackagesAsync() =>
        (await SayAsync("dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p'")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
