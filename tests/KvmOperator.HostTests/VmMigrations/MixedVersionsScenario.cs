using System.Text.Json;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>
/// A pool in the middle of an upgrade: node1 is of Debian 12 (libvirt 9, QEMU 7.2), node2 of Debian 13 (libvirt 11, QEMU 10). Guests move forward; what cannot come back is told before anything is
/// touched. The newer host makes disks and clones as the older one does.
/// </summary>
public sealed class MixedVersionsScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Older = "node1";
    private const string Newer = "node2";
    private const string Mount = "/var/lib/libvirt/images";
    private const long MebiByte = 1024 * 1024;

    /// <summary>The first preparation of both, and what virt-install takes on a host that never ran it.</summary>
    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(15);

    protected override Beginning Beginning => Beginning.Mixed;

    [Fact]
    public async Task A_pool_of_two_releases_moves_forward_and_says_what_cannot_come_back()
    {
        await Lab.StartOperatorAsync(CancellationToken);
        await Cluster.ApplyAsync(Lab.Manifests.Hosts + "---\n" + Lab.Manifests.NfsStore(), CancellationToken);
        await ReadyAsync(Older, "Debian GNU/Linux 12", new Version(9, 0), new Version(7, 2));
        await ReadyAsync(Newer, "Debian GNU/Linux 13", new Version(11, 0), new Version(10, 0));
        await Lab.PoolIsReadyAsync(CancellationToken);
        await Lab.CopyGuestImageAsync(CancellationToken);
        await Lab.HaveNetworksAsync(CancellationToken);

        await MakeDisksOnTheNewerAsync();
        await MoveForwardAsync();
        await RefuseToGoBackAsync();
    }

    /// <summary>Ready, without a step that was skipped, asked by libvirt's own protocol, and of the release that this is about.</summary>
    private async Task ReadyAsync(string name, string system, Version libvirt, Version qemu)
    {
        var host = await Cluster.UntilAsync<KvmHost>(name, "it is ready", seen => seen.Status.Is(CommonConditions.Ready) && seen.Status!.System is { Libvirt: not null, Qemu: not null, LibvirtAccess: "Protocol" }, InstallDeadline, CancellationToken);
        var told = host.Status!.System!;

        Assert.StartsWith(system, told.OperatingSystem, StringComparison.Ordinal);
        Assert.Equal((libvirt.Major, qemu.Major), (Version.Parse(told.Libvirt!).Major, Version.Parse(told.Qemu!).Major));
        Assert.All(KvmHostConditions.All.Except([KvmHostConditions.Fenced, KvmHostConditions.Drained], StringComparer.Ordinal), type => Assert.True(host.Status.Is(type), $"{name}: {type}"));
    }

    /// <summary>The newer qemu-img says how long a file is in the same words in which it says how large a disk is: a fully written one is longer than its disk.</summary>
    private async Task MakeDisksOnTheNewerAsync()
    {
        await Lab.Machines.RunAsync("storage", $"qemu-img create -q -f qcow2 -o preallocation=full {OperatorLab.ExportPath}/full.qcow2 32M && test \"$(stat -c %s {OperatorLab.ExportPath}/full.qcow2)\" -gt $((32 * 1024 * 1024))", CancellationToken);
        await CordonAsync(Older);

        await Cluster.ApplyAsync(Disk("full", "32Mi", "image: full.qcow2"), CancellationToken);
        Assert.Equal(Newer, (await UntilPhaseAsync("full", "Stopped")).Status!.Host);
        await Cluster.ApplyAsync(
            Disk("same", "32Mi", "clone: {virtualMachine: full, disk: root}") + "---\n" + Disk("grown", "48Mi", "clone: {virtualMachine: full, disk: root}") + "---\n" + Disk("small", "16Mi", "image: full.qcow2"),
            CancellationToken);
        await UntilPhaseAsync("same", "Stopped");
        await UntilPhaseAsync("grown", "Stopped");
        Assert.Equal(32 * MebiByte, await SizeAsync("same"));
        Assert.Equal(48 * MebiByte, await SizeAsync("grown"));

        // Before anything is copied, and with both sizes.
        var small = await Cluster.UntilAsync<VirtualMachine>(
            "default/small", "its size is refused", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.StepFailed), StartDeadline, CancellationToken);
        Assert.Contains($"larger ({32 * MebiByte} bytes)", small.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);
        Assert.False((await Lab.Machines.TryRunAsync(Newer, $"ls {Mount}/default_small/*part*", CancellationToken)).Succeeded, "a part of a copy was left behind");

        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "full", "same", "grown", "small", "--wait=false");
        foreach (var name in new[] { "full", "same", "grown", "small" })
        {
            await Cluster.UntilGoneAsync<VirtualMachine>($"default/{name}", StartDeadline, CancellationToken);
        }

        await UncordonAsync(Older);
    }

    private async Task MoveForwardAsync()
    {
        await CordonAsync(Newer);
        Assert.Equal(Older, (await RunningGuestAsync("old")).Status!.Host);
        await UncordonAsync(Newer);
        await UntilItCountsAsync(Older, "old");

        Succeeded(await MoveAsync("forward", "old", Newer));

        Assert.Equal([Newer], await HostsRunningAsync("old"));
        await UntilItCountsAsync(Newer, "old");
        Assert.Contains("pc-q35-7.2", (await Lab.Machines.RunAsync(Newer, $"virsh -r dumpxml {Domain("old")}", CancellationToken)).Output, StringComparison.Ordinal);

        // Both QEMUs know its machine, so nothing is known against the way back. QEMU promises only the way forward: whether it goes is found out by trying, and either way the guest runs, at one place.
        var back = await MoveAsync("home", "old", Older);
        Assert.True(back.Status!.Phase is VmMigrationPhase.Succeeded or VmMigrationPhase.Failed, Story(back));
        Assert.Equal([back.Status.Phase == VmMigrationPhase.Succeeded ? Older : Newer], await HostsRunningAsync("old"));
        TestContext.Current.TestOutputHelper!.WriteLine(Story(back));
        await UntilRunningAsync("old");
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "old", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/old", StartDeadline, CancellationToken);
    }

    private async Task RefuseToGoBackAsync()
    {
        await CordonAsync(Older);
        Assert.Equal(Newer, (await RunningGuestAsync("new")).Status!.Host);
        await UncordonAsync(Older);
        var machine = (await Lab.Machines.RunAsync(Newer, $"virsh -r dumpxml {Domain("new")} | sed -n \"s/.*machine='\\([^']*\\)'.*/\\1/p\"", CancellationToken)).Output.Trim();
        Assert.StartsWith("pc-q35-10.", machine, StringComparison.Ordinal);

        RefusedForItsMachine(await MoveAsync("back", "new", Older), machine);
        Assert.Equal([Newer], await HostsRunningAsync("new"));

        // Also when any host would do, and when the guest is off: it could not be defined there.
        RefusedForItsMachine(await MoveAsync("anywhere", "new"), machine);
        await Cluster.ApplyAsync(PoolManifests.Guest("new", "  runStrategy: Halted\n  terminationGracePeriodSeconds: 0"), CancellationToken);
        await UntilPhaseAsync("new", "Stopped");
        RefusedForItsMachine(await MoveAsync("off", "new", Older), machine);
        Assert.Contains(Domain("new"), await Lab.DefinedDomainsAsync(Newer, CancellationToken));
        Assert.DoesNotContain(Domain("new"), await Lab.DefinedDomainsAsync(Older, CancellationToken));

        // It starts where it is.
        Assert.Equal(Newer, (await RunningGuestAsync("new")).Status!.Host);
    }

    private static void RefusedForItsMachine(VmMigration move, string machine)
    {
        Failed(move, VmMigrationReasons.PreflightRefused);
        Assert.Contains($"{Older} cannot run the guest's machine {machine}", Story(move), StringComparison.Ordinal);
        Assert.Contains($"update QEMU on {Older}", Story(move), StringComparison.Ordinal);
        Assert.DoesNotContain(move.Status!.PhaseTransitions, transition => transition.Phase == VmMigrationPhase.Preparing);
    }

    private static string Disk(string name, string size, string source) =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: VirtualMachine
        metadata: {"{"}name: {name}, namespace: default{"}"}
        spec:
          memory: 128Mi
          runStrategy: Halted
          deletionPolicy: Delete
          disks:
          - name: root
            size: {size}
            storeRef:
              name: {PoolManifests.Store}
            source:
              {source}
        """ + "\n";

    private async Task<long> SizeAsync(string guest)
    {
        var info = (await Lab.Machines.RunAsync(Newer, $"qemu-img info --output=json {Mount}/default_{guest}/root.qcow2", CancellationToken)).Output;
        using var document = JsonDocument.Parse(info);
        return document.RootElement.GetProperty("virtual-size").GetInt64();
    }

    private Task CordonAsync(string host) => SetModeAsync(host, "Cordoned");

    private Task UncordonAsync(string host) => SetModeAsync(host, "Active");

    private async Task SetModeAsync(string host, string mode)
    {
        await Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", host, "--type=merge", "-p", $"{{\"spec\":{{\"mode\":\"{mode}\"}}}}");
        await Cluster.UntilAsync<KvmHost>(
            host, $"its mode {mode} was taken in", one => one.Status!.ObservedGeneration == one.Metadata.Generation && one.Status.Is(CommonConditions.Ready), StartDeadline, CancellationToken);
    }
}
