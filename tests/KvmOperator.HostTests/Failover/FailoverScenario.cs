using System.Diagnostics;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using KvmOperator.HostTests.VirtualMachines;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>A scenario in which a host fails in a pool for which failover is armed. Emulated machines are slow: the budgets are those of the profile Patient, and no speed is judged.</summary>
public abstract class FailoverScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private protected const string Guest = "web";

    private const string Settings =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: kvm-operator-settings
          namespace: kvm-operator
        data:
          failover: Armed
          failoverProfile: Patient
        """;

    private protected static readonly TimeSpan FailoverDeadline = TimeSpan.FromMinutes(10);
    private protected static readonly TimeSpan ReturnDeadline = TimeSpan.FromMinutes(20);
    private protected static readonly TimeSpan CountDeadline = TimeSpan.FromMinutes(4);

    /// <summary>Arms failover, and waits until both hosts say that they could be shut out.</summary>
    private protected async Task ArmAsync()
    {
        await Cluster.ApplyAsync(Settings, CancellationToken);
        foreach (var host in new[] { "node1", "node2" })
        {
            await Cluster.UntilAsync<KvmHost>(
                host, "it could be shut out", seen => seen.Status.IsNot(KvmHostConditions.Disarmed, KvmHostReasons.Armed) && seen.Status.Is(KvmHostConditions.FencingReady), FailoverDeadline, CancellationToken);
        }
    }

    /// <summary>Leaves the lab as it was: a later scenario has hosts that fail and are left alone.</summary>
    private protected Task DisarmAsync() => Cluster.KubectlAsync(CancellationToken, "-n", "kvm-operator", "delete", "configmap", "kvm-operator-settings");

    /// <summary>A guest that runs, counts, and whose definition is kept.</summary>
    /// <returns>Where it runs.</returns>
    private protected async Task<string> CountingGuestAsync()
    {
        var host = (await RunningGuestAsync(Guest)).Status!.Host!;
        await UntilItCountsAsync(host, Guest);
        await KvmLab.UntilAsync(
            "its definition is kept", async () => (await Lab.Machines.TryRunAsync("storage", $"test -s {OperatorLab.ExportPath}/{Domain(Guest)}/.kept/domain.xml", CancellationToken)).Succeeded, StartDeadline, CancellationToken);
        return host;
    }

    private protected Task<KvmHost> UntilStateAsync(string host, params HostFailoverState[] states) => Cluster.UntilAsync<KvmHost>(
        host, $"its failure is {string.Join(" or ", states)}", seen => seen.Status?.Failover is { } failover && states.Contains(failover.State), FailoverDeadline, CancellationToken);

    /// <summary>Waits until the guest runs on the other host because this one failed, and counts there.</summary>
    private protected async Task UntilRecoveredAsync(string failed)
    {
        var guest = await Cluster.UntilAsync<VirtualMachine>(
            $"default/{Guest}", "it was started elsewhere", seen => seen.Status is { Phase: "Running", LastFailover: { State: GuestFailoverState.Started } last } && last.From == failed && seen.Status.Is(CommonConditions.Ready), FailoverDeadline, CancellationToken);
        Assert.Equal(Other(failed), guest.Status!.Host);
        await using var console = GuestConsole.Watch(Lab.Machines, Other(failed), Domain(Guest), Stopwatch.StartNew());
        await console.UntilMoreAsync(3, CountDeadline, CancellationToken);

        // Written and shown before it was started: the fence stands on the server.
        var host = await Cluster.GetAsync<KvmHost>(failed, CancellationToken);
        Assert.True(host.Status.Is(KvmHostConditions.Fenced), "the host was not said to be fenced");
        var proof = Assert.Single(host.Status!.Failover!.Proofs);
        Assert.Equal((await Lab.Machines.RunAsync("storage", "cat /proc/sys/kernel/random/boot_id", CancellationToken)).Output.Trim(), proof.BootId);
        Assert.Contains(host.Status.Failover.Id, (await Lab.Machines.RunAsync("storage", "cat /etc/kvm-operator/fenced/*", CancellationToken)).Output, StringComparison.Ordinal);
    }

    /// <summary>Waits until a host that answers again was cleaned, let in, and counts again; its guest runs once, on the other one.</summary>
    private protected async Task UntilReturnedAsync(string failed)
    {
        var back = await Cluster.UntilAsync<KvmHost>(
            failed, "its failure is over", seen => seen.Status is { Failover: null, LastFailover: not null } && seen.Status.Is(CommonConditions.Ready) && seen.Status.IsNot(KvmHostConditions.Fenced, CommonReasons.AsExpected), ReturnDeadline, CancellationToken);
        Assert.NotNull(back.Status!.LastFailover!.CleanedBootId);
        Assert.Empty((await Lab.Machines.RunAsync("storage", "ls /etc/kvm-operator/fenced", CancellationToken)).Output.Trim());
        Assert.Equal([Other(failed)], await HostsRunningAsync(Guest));
        Assert.DoesNotContain(Domain(Guest), await Lab.DefinedDomainsAsync(failed, CancellationToken));
        Assert.True((await Lab.Machines.TryRunAsync(failed, "grep -q ' /var/lib/libvirt/images nfs' /proc/self/mounts", CancellationToken)).Succeeded, "its store is not mounted again");
    }
}
