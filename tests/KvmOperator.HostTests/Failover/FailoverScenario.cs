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

    private protected static readonly TimeSpan FailoverDeadline = TimeSpan.FromMinutes(10);
    private protected static readonly TimeSpan ReturnDeadline = TimeSpan.FromMinutes(20);
    private protected static readonly TimeSpan CountDeadline = TimeSpan.FromMinutes(4);

    /// <summary>Three times the silence after which the profile Patient convicts a host.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(135);

    /// <summary>Arms failover, and waits until both hosts say that they could be shut out.</summary>
    /// <param name="settings">More settings, or others.</param>
    private protected async Task ArmAsync(params (string Key, string Value)[] settings)
    {
        (string Key, string Value)[] usual = [("failover", "Armed"), ("failoverProfile", "Patient")];
        await SetAsync([.. usual.ExceptBy(settings.Select(setting => setting.Key), setting => setting.Key, StringComparer.Ordinal), .. settings]);
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
        await UntilKeptAsync(Guest);
        return host;
    }

    private protected Task UntilKeptAsync(string guest) => KvmLab.UntilAsync(
        "its definition is kept", async () => (await Lab.Machines.TryRunAsync("storage", $"test -s {OperatorLab.ExportPath}/{Domain(guest)}/.kept/domain.xml", CancellationToken)).Succeeded, StartDeadline, CancellationToken);

    private protected Task<KvmHost> UntilStateAsync(string host, params HostFailoverState[] states) => Cluster.UntilAsync<KvmHost>(
        host, $"its failure is {string.Join(" or ", states)}", seen => seen.Status?.Failover is { } failover && states.Contains(failover.State), FailoverDeadline, CancellationToken);

    private protected Task<VirtualMachine> UntilStartedElsewhereAsync(string guest, string failed) => Cluster.UntilAsync<VirtualMachine>(
        $"default/{guest}", "it was started elsewhere", seen => seen.Status is { Phase: "Running", LastFailover: { State: GuestFailoverState.Started } last } && last.From == failed && seen.Status.Is(CommonConditions.Ready), FailoverDeadline, CancellationToken);

    private protected Task<KvmHost> UntilHeldAsync(string host, string why) => Cluster.UntilAsync<KvmHost>(
        host, $"its failure is held: {why}", seen => seen.Status?.Failover is { State: HostFailoverState.Held } failover && failover.Held == why, FailoverDeadline, CancellationToken);

    /// <summary>Looks on for three times as long as it takes to convict a host, and fails as soon as this one is.</summary>
    private protected async Task StaysUnfencedAsync(string host)
    {
        var clock = Stopwatch.StartNew();
        await KvmLab.UntilAsync(
            "it was looked at for long enough",
            async () =>
            {
                var seen = await Cluster.GetAsync<KvmHost>(host, CancellationToken);
                Assert.True(seen.Status!.Failures.Count == 0, $"{host} was shut out: {string.Join("; ", seen.Status.Failover?.Evidence ?? [])}");
                return clock.Elapsed >= Patience.Scaled(LongEnough);
            },
            Patience.Scaled(LongEnough) * 2,
            CancellationToken);
    }

    /// <summary>Waits until a host is ready and no failure of it goes on.</summary>
    private protected Task<KvmHost> UntilWellAsync(string host) => Cluster.UntilAsync<KvmHost>(
        host, "it is well", seen => seen.Status is { Failover: null } && seen.Status.Is(CommonConditions.Ready) && seen.Status.Is(KvmHostConditions.StoresMounted), ReturnDeadline, CancellationToken);

    /// <summary>No server shuts anybody out.</summary>
    private protected async Task NothingIsFencedAsync() =>
        Assert.Empty((await Lab.Machines.RunAsync("storage", "ls /etc/kvm-operator/fenced 2>/dev/null || :", CancellationToken)).Output.Trim());

    /// <summary>The process of the guest, which is another one after any start.</summary>
    private protected async Task<string> IncarnationAsync(string host)
    {
        var process = (await Lab.Machines.RunAsync(host, $"cat /run/libvirt/qemu/{Domain(Guest)}.pid", CancellationToken)).Output.Trim();
        return $"{host} {process} {(await Lab.Machines.RunAsync(host, $"cut -d ' ' -f 22 /proc/{process}/stat", CancellationToken)).Output.Trim()}";
    }

    /// <summary>Ends the guest, and looks at its disks. Leaks are what any power cut leaves; whatever else is found is a second writer's.</summary>
    private protected async Task DiskIsWholeAsync(string host)
    {
        await Lab.Machines.RunAsync(host, $"virsh destroy {Domain(Guest)}", CancellationToken, MoveDeadline);
        var check = await Lab.Machines.TryRunAsync(host, $"for disk in /var/lib/libvirt/images/{Domain(Guest)}/*.qcow2; do qemu-img check -U \"$disk\" || [ $? = 3 ] || exit 1; done", CancellationToken, MoveDeadline);
        Assert.True(check.Succeeded, check.Output);
    }

    /// <summary>Waits until the guest runs on the other host because this one failed, and counts there.</summary>
    private protected async Task UntilRecoveredAsync(string failed)
    {
        var guest = await UntilStartedElsewhereAsync(Guest, failed);
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
    private protected async Task UntilReturnedAsync(string failed, string guest = Guest)
    {
        var back = await Cluster.UntilAsync<KvmHost>(
            failed, "its failure is over", seen => seen.Status is { Failover: null, LastFailover: not null } && seen.Status.Is(CommonConditions.Ready) && seen.Status.IsNot(KvmHostConditions.Fenced, CommonReasons.AsExpected), ReturnDeadline, CancellationToken);
        Assert.NotNull(back.Status!.LastFailover!.CleanedBootId);
        Assert.Empty((await Lab.Machines.RunAsync("storage", "ls /etc/kvm-operator/fenced", CancellationToken)).Output.Trim());
        Assert.Equal([Other(failed)], await HostsRunningAsync(guest));
        Assert.DoesNotContain(Domain(guest), await Lab.DefinedDomainsAsync(failed, CancellationToken));
        Assert.True((await Lab.Machines.TryRunAsync(failed, "grep -q ' /var/lib/libvirt/images nfs' /proc/self/mounts", CancellationToken)).Succeeded, "its store is not mounted again");
    }
}
