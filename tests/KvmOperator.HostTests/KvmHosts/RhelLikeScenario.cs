using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>
/// Machines that answer as those of the RHEL family do become a pool: by dnf, with bash as sh, without ed25519, and SELinux enforces all the time. They are Debian's underneath, so this shows that the
/// operator's other half works, and nothing of RHEL's own programs.
/// </summary>
public sealed class RhelLikeScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Names = "qemu-kvm qemu-img libvirt-daemon-kvm libvirt-daemon-config-network libvirt-client virt-install edk2-ovmf nfs-utils chrony";

    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(25);

    private static readonly string[] Nodes = ["node1", "node2"];

    protected override Beginning Beginning => Beginning.RhelLike;

    [Fact]
    public async Task Machines_with_dnf_FIPS_and_SELinux_become_a_pool_in_which_guests_move()
    {
        foreach (var node in Nodes)
        {
            // The image is what it says.
            Assert.Equal("Enforcing", (await Lab.Machines.RunAsync(node, "getenforce", CancellationToken)).Output.Trim());
            Assert.False((await Lab.Machines.TryRunAsync(node, "command -v apt-get", CancellationToken)).Succeeded);
            Assert.False((await Lab.Machines.TryRunAsync(node, "ssh-keygen -q -t ed25519 -N '' -f /run/key", CancellationToken)).Succeeded);
            Assert.False((await Lab.Machines.TryRunAsync(node, $"rpm -q {Names}", CancellationToken)).Succeeded);
        }

        await Lab.StartOperatorAsync(CancellationToken);
        await Cluster.ApplyAsync(Lab.Manifests.Hosts + "---\n" + Lab.Manifests.NfsStore(), CancellationToken);
        foreach (var node in Nodes)
        {
            var host = await Cluster.UntilAsync<KvmHost>(node, "it is ready", seen => seen.Status.Is(CommonConditions.Ready), InstallDeadline, CancellationToken);

            await Lab.Machines.RunAsync(node, $"rpm -q {Names}", CancellationToken);
            Assert.StartsWith("ecdsa-", (await Lab.Machines.RunAsync(node, "cat /root/.ssh/kvm-operator.pub", CancellationToken)).Output, StringComparison.Ordinal);
            Assert.Contains("stays enforcing", host.Status.Condition(KvmHostConditions.SelinuxReady)!.Message, StringComparison.Ordinal);
            Assert.EndsWith(" on", (await Lab.Machines.RunAsync(node, "getsebool virt_use_nfs", CancellationToken)).Output.TrimEnd(), StringComparison.Ordinal);
        }

        await Lab.PoolIsReadyAsync(CancellationToken);
        await Lab.CopyGuestImageAsync(CancellationToken);
        await Lab.HaveNetworksAsync(CancellationToken);
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        await UntilItCountsAsync(source, "xx");

        Succeeded(await MoveAsync("move", "xx", Other(source)));

        Assert.Equal([Other(source)], await HostsRunningAsync("xx"));
        foreach (var node in Nodes)
        {
            Assert.Equal("Enforcing", (await Lab.Machines.RunAsync(node, "getenforce", CancellationToken)).Output.Trim());
        }
    }
}
