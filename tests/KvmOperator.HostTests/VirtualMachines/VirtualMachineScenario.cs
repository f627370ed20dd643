using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>Guests come, are kept as their objects say, and go, on real hosts.</summary>
public sealed class VirtualMachineScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Mount = "/var/lib/libvirt/images";

    [Fact]
    public async Task A_guest_is_created_from_an_image_stopped_in_order_started_again_and_deleted_with_its_disks()
    {
        var guest = await RunningGuestAsync("xx", "  deletionPolicy: Delete");
        var host = guest.Status!.Host!;
        Assert.Equal([host], await HostsRunningAsync("xx"));
        Assert.Equal($"{Mount}/default_xx/root.qcow2", guest.Status.Disks.Single().Path);
        Assert.Contains("virsh -c qemu:///system console default_xx", guest.Status.Console, StringComparison.Ordinal);
        Assert.All([VirtualMachineConditions.Placed, VirtualMachineConditions.DisksReady, VirtualMachineConditions.Defined, VirtualMachineConditions.Running], type => Assert.True(guest.Status.Is(type), type));
        var xml = (await Lab.Machines.RunAsync(host, "virsh -r dumpxml default_xx", CancellationToken)).Output;
        Assert.Contains("error_policy='stop'", xml, StringComparison.Ordinal);
        Assert.Contains("relabel='no'", xml, StringComparison.Ordinal);
        Assert.Contains("machine='pc-q35", xml, StringComparison.Ordinal);
        Assert.Contains("disable", (await Lab.Machines.RunAsync(host, "virsh -r dominfo default_xx | grep Autostart", CancellationToken)).Output, StringComparison.Ordinal);
        Assert.Equal("libvirt-qemu", (await Lab.Machines.RunAsync(host, $"stat -c %U {Mount}/default_xx/root.qcow2", CancellationToken)).Output.Trim());
        var addressed = await Cluster.UntilAsync<VirtualMachine>("default/xx", "it has an address", one => one.Status?.IpAddress is not null, StartDeadline, CancellationToken);
        Assert.StartsWith("192.168.", addressed.Status!.IpAddress, StringComparison.Ordinal);

        // Off by the spec: asked to shut down, and it does.
        await Cluster.ApplyAsync(PoolManifests.Guest("xx", "  runStrategy: Halted\n  deletionPolicy: Delete"), CancellationToken);
        var stopped = await UntilPhaseAsync("xx", "Stopped");
        Assert.True(stopped.Status.Is(CommonConditions.Ready));
        Assert.DoesNotContain(VirtualMachineReasons.ShutdownTimedOut, await Cluster.EventReasonsAsync("default/xx", CancellationToken));
        Assert.Empty(await HostsRunningAsync("xx"));

        // On again, and then a crash: started again, and counted.
        await RunningGuestAsync("xx", "  deletionPolicy: Delete");
        await Lab.Machines.RunAsync(host, "kill -9 \"$(cat /run/libvirt/qemu/default_xx.pid)\"", CancellationToken);
        var restarted = await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it was started again after the crash", one => one.Status is { Phase: "Running", RestartCount: 1 }, StartDeadline, CancellationToken);
        Assert.Contains("crashed", restarted.Status!.LastStartReason, StringComparison.Ordinal);

        // A guest that does not listen (it has not even booted) is powered off after its time.
        await Cluster.ApplyAsync(PoolManifests.Guest("xx", "  runStrategy: Halted\n  deletionPolicy: Delete\n  terminationGracePeriodSeconds: 0"), CancellationToken);
        await UntilPhaseAsync("xx", "Stopped");
        Assert.Contains(VirtualMachineReasons.ShutdownTimedOut, await Cluster.EventReasonsAsync("default/xx", CancellationToken));

        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "xx", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/xx", StartDeadline, CancellationToken);
        Assert.DoesNotContain("default_xx", await Lab.DefinedDomainsAsync(host, CancellationToken));
        Assert.False((await Lab.Machines.TryRunAsync(host, $"test -e {Mount}/default_xx", CancellationToken)).Succeeded);
    }

    [Fact]
    public async Task Disks_come_from_images_clones_links_files_and_nothing_and_cloud_init_lies_beside_them()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("origin", "  runStrategy: Halted"), CancellationToken);
        await UntilPhaseAsync("origin", "Stopped");
        await Lab.Machines.RunAsync("storage", $"cp {OperatorLab.ExportPath}/guest.qcow2 {OperatorLab.ExportPath}/mine.qcow2", CancellationToken);

        const string Origin = "source: {clone: {virtualMachine: origin, disk: root}}";
        await Cluster.ApplyAsync(
            Disks("copied", $"- {{name: root, storeRef: {{name: images}}, size: 96Mi, {Origin}}}")
            + "---\n" + Disks("linked", $"- {{name: root, storeRef: {{name: images}}, sharing: Linked, {Origin}}}")
            + "---\n" + Disks("taken", "- {name: root, storeRef: {name: images}, source: {existing: mine.qcow2}}\n  - {name: empty, storeRef: {name: images}, size: 16Mi, format: raw}")
            + "---\n" + Disks("absent", "- {name: root, storeRef: {name: images}, source: {existing: not-there.qcow2}}"),
            CancellationToken);

        await UntilPhaseAsync("copied", "Stopped");
        Assert.Contains("\"virtual-size\": 100663296", await InfoAsync("default_copied/root.qcow2"), StringComparison.Ordinal);
        await UntilPhaseAsync("linked", "Stopped");
        Assert.Contains("default_origin/root.qcow2", await InfoAsync("default_linked/root.qcow2"), StringComparison.Ordinal);

        // What a linked disk rests on is neither written to nor deleted.
        await Cluster.ApplyAsync(PoolManifests.Guest("origin", "  deletionPolicy: Delete"), CancellationToken);
        var kept = await Cluster.UntilAsync<VirtualMachine>(
            "default/origin", "it is not started under its clone", one => one.Status.IsNot(VirtualMachineConditions.Running, VirtualMachineReasons.LinkedClones), StartDeadline, CancellationToken);
        Assert.Contains("default/linked", kept.Status.Condition(VirtualMachineConditions.Running)!.Message, StringComparison.Ordinal);
        Assert.Empty(await HostsRunningAsync("origin"));
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "origin", "--wait=false");
        await Cluster.UntilAsync<VirtualMachine>(
            "default/origin", "it is not deleted under its clone", one => one.Status.Condition(CommonConditions.Ready)?.Message.StartsWith("it cannot be deleted yet: default/linked", StringComparison.Ordinal) == true, StartDeadline, CancellationToken);
        await Lab.Machines.RunAsync("node1", $"test -s {Mount}/default_origin/root.qcow2", CancellationToken);
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "linked", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/linked", StartDeadline, CancellationToken);
        await Cluster.UntilGoneAsync<VirtualMachine>("default/origin", StartDeadline, CancellationToken);
        await Lab.Machines.RunAsync("node1", $"test ! -e {Mount}/default_origin", CancellationToken);

        var taken = await UntilPhaseAsync("taken", "Stopped");
        Assert.Equal([$"{Mount}/mine.qcow2", $"{Mount}/default_taken/empty.raw"], taken.Status!.Disks.Select(disk => disk.Path));
        Assert.Equal([false, true], taken.Status.Disks.Select(disk => disk.Created!.Value));
        var absent = await Cluster.UntilAsync<VirtualMachine>(
            "default/absent", "the missing file is told", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.StepFailed), StartDeadline, CancellationToken);
        Assert.Contains("not-there.qcow2", absent.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);

        // The policy Retain keeps what was made, and an existing file is never deleted.
        await Cluster.KubectlAsync(CancellationToken, "patch", "virtualmachine", "taken", "--type=merge", "-p", "{\"spec\":{\"deletionPolicy\":\"Delete\"}}");
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "taken", "copied", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/taken", StartDeadline, CancellationToken);
        await Cluster.UntilGoneAsync<VirtualMachine>("default/copied", StartDeadline, CancellationToken);
        await Lab.Machines.RunAsync("node1", $"test -s {Mount}/mine.qcow2 && test ! -e {Mount}/default_taken && test -s {Mount}/default_copied/root.qcow2", CancellationToken);

        await Cluster.ApplyAsync(PoolManifests.Guest("cloudy", "  runStrategy: Manual\n  cloudInit:\n    userData: |\n      #cloud-config\n      hostname: \"it's $(cloudy)\""), CancellationToken);
        var cloudy = await UntilPhaseAsync("cloudy", "Stopped");
        var seed = (await Lab.Machines.RunAsync("node1", $"xorriso -osirrox on -indev {Mount}/default_cloudy/cloud-init.iso -extract /user-data /run/user-data >/dev/null 2>&1; cat /run/user-data", CancellationToken)).Output;
        Assert.Contains("it's $(cloudy)", seed, StringComparison.Ordinal);
        Assert.Contains("cloud-init.iso", (await Lab.Machines.RunAsync(cloudy.Status!.Host!, "virsh -r dumpxml default_cloudy", CancellationToken)).Output, StringComparison.Ordinal);
        Assert.Empty(await HostsRunningAsync("cloudy"));

        // Which firmware it is, libvirt says when the guest has it.
        await Cluster.ApplyAsync(PoolManifests.Guest("modern", "  firmware: UEFI"), CancellationToken);
        var modern = await UntilRunningAsync("modern");
        Assert.Contains("OVMF", (await Lab.Machines.RunAsync(modern.Status!.Host!, "virsh -r dumpxml default_modern", CancellationToken)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_reach_a_running_guest_or_wait_for_its_restart()
    {
        var host = (await RunningGuestAsync("xx")).Status!.Host!;

        await Cluster.ApplyAsync(
            PoolManifests.Guest("xx")
                .Replace("memory: 256Mi", "memory: 320Mi", StringComparison.Ordinal)
                .Replace("  networks:\n  - network: default\n", "  - {name: data, storeRef: {name: images}, size: 8Mi}\n  networks:\n  - network: default\n  - {network: default, mac: '52:54:00:aa:bb:cc'}\n", StringComparison.Ordinal),
            CancellationToken);
        var changed = await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "the new memory waits for a restart", one => one.Status.Is(VirtualMachineConditions.RestartRequired), StartDeadline, CancellationToken);
        Assert.Contains("320 MiB", changed.Status.Condition(VirtualMachineConditions.RestartRequired)!.Message, StringComparison.Ordinal);
        var live = (await Lab.Machines.RunAsync(host, "virsh -r dumpxml default_xx", CancellationToken)).Output;
        Assert.Contains("default_xx/data.qcow2", live, StringComparison.Ordinal);
        Assert.Contains("52:54:00:aa:bb:cc", live, StringComparison.Ordinal);
        Assert.Contains(VirtualMachineReasons.Changed, await Cluster.EventReasonsAsync("default/xx", CancellationToken));

        // Taken away again, and restarted: nothing waits any more.
        await Cluster.ApplyAsync(PoolManifests.Guest("xx", "  runStrategy: Halted\n  terminationGracePeriodSeconds: 0").Replace("memory: 256Mi", "memory: 320Mi", StringComparison.Ordinal), CancellationToken);
        await UntilPhaseAsync("xx", "Stopped");
        await Cluster.ApplyAsync(PoolManifests.Guest("xx").Replace("memory: 256Mi", "memory: 320Mi", StringComparison.Ordinal), CancellationToken);
        var restarted = await UntilRunningAsync("xx");
        Assert.False(restarted.Status.Is(VirtualMachineConditions.RestartRequired));
        var fresh = (await Lab.Machines.RunAsync(host, "virsh -r dumpxml default_xx", CancellationToken)).Output;
        Assert.Contains("<memory unit='KiB'>327680</memory>", fresh, StringComparison.Ordinal);
        Assert.DoesNotContain("52:54:00:aa:bb:cc", fresh, StringComparison.Ordinal);
        Assert.DoesNotContain("data.qcow2", fresh, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_that_somebody_took_is_kept_and_a_disk_that_cannot_be_made_keeps_no_guest_off()
    {
        const string Overlay = $"{Mount}/default_xx/root.before-upgrade";
        var host = (await RunningGuestAsync("xx")).Status!.Host!;
        await Lab.Machines.RunAsync(host, $"virsh snapshot-create-as default_xx --disk-only --no-metadata --diskspec vda,file={Overlay}", CancellationToken);

        // Another spec has the domain compared at once; the disk that it asks for is not there.
        await Cluster.ApplyAsync(
            PoolManifests.Guest("xx", "  terminationGracePeriodSeconds: 0")
                .Replace("  networks:\n", "  - {name: data, storeRef: {name: images}, source: {existing: not-there.qcow2}}\n  networks:\n", StringComparison.Ordinal),
            CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "the snapshot is told", one => one.Status.Condition(VirtualMachineConditions.Defined)?.Message.Contains($"{Overlay} over {Mount}/default_xx/root.qcow2", StringComparison.Ordinal) == true, StartDeadline, CancellationToken);
        Assert.Contains(Overlay, (await Lab.Machines.RunAsync(host, "virsh -r domblklist default_xx", CancellationToken)).Output, StringComparison.Ordinal);
        Assert.Contains(Overlay, (await Lab.Machines.RunAsync(host, "virsh -r domblklist --inactive default_xx", CancellationToken)).Output, StringComparison.Ordinal);

        await Lab.Machines.RunAsync(host, "kill -9 \"$(cat /run/libvirt/qemu/default_xx.pid)\"", CancellationToken);
        var restarted = await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "it was started again without the disk", one => one.Status is { Phase: "Running", RestartCount: 1 }, StartDeadline, CancellationToken);
        Assert.Contains("not-there.qcow2", restarted.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);
        Assert.Contains(Overlay, (await Lab.Machines.RunAsync(host, "virsh -r domblklist default_xx", CancellationToken)).Output, StringComparison.Ordinal);

        // What is told to do about it works.
        await Lab.Machines.RunAsync(host, "virsh blockcommit default_xx vda --active --pivot --wait", CancellationToken);
        await Cluster.ApplyAsync(PoolManifests.Guest("xx"), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "nothing is told any more", one => one.Status is { } status && status.Is(VirtualMachineConditions.DisksReady) && status.Condition(VirtualMachineConditions.Defined)?.Message.Contains("snapshots", StringComparison.Ordinal) == false, StartDeadline, CancellationToken);
        Assert.Contains("root.qcow2", (await Lab.Machines.RunAsync(host, "virsh -r domblklist default_xx", CancellationToken)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Placement_says_why_no_host_fits_and_a_foreign_domain_is_not_touched()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("huge").Replace("memory: 256Mi", "memory: 64Gi", StringComparison.Ordinal), CancellationToken);
        var huge = await Cluster.UntilAsync<VirtualMachine>(
            "default/huge", "no host fits", one => one.Status.IsNot(VirtualMachineConditions.Placed, VirtualMachineReasons.NoHostFits), StartDeadline, CancellationToken);
        var message = huge.Status.Condition(VirtualMachineConditions.Placed)!.Message;
        Assert.Contains("node1: ", message, StringComparison.Ordinal);
        Assert.Contains("node2: ", message, StringComparison.Ordinal);
        Assert.Contains("65536 MiB are needed", message, StringComparison.Ordinal);

        await Lab.Machines.RunAsync("node2", "printf '<domain type=\"kvm\"><name>default_taken</name><memory>65536</memory><os><type>hvm</type></os></domain>' | virsh define /dev/stdin", CancellationToken);
        var before = (await Lab.Machines.RunAsync("node2", "virsh -r dumpxml default_taken", CancellationToken)).Output;

        // Known from a look, or found by the last question before a guest is defined: both have to stop it.
        var looked = (await Cluster.UntilAsync<Api.KvmHosts.KvmHost>("node2", "it was looked at", seen => seen.Status?.LastHeartbeatTime is not null, StartDeadline, CancellationToken)).Status!.LastHeartbeatTime;
        await Cluster.UntilAsync<Api.KvmHosts.KvmHost>("node2", "it was looked at again", seen => seen.Status?.LastHeartbeatTime > looked, StartDeadline, CancellationToken);
        await Cluster.ApplyAsync(PoolManifests.Guest("taken"), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/taken", "the domain is somebody else's", one => one.Status?.Conditions.Any(condition => condition.Reason == VirtualMachineReasons.DomainNotOurs) == true, StartDeadline, CancellationToken);
        Assert.Equal(before, (await Lab.Machines.RunAsync("node2", "virsh -r dumpxml default_taken", CancellationToken)).Output);
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "taken", "huge", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/taken", StartDeadline, CancellationToken);
        Assert.Equal(before, (await Lab.Machines.RunAsync("node2", "virsh -r dumpxml default_taken", CancellationToken)).Output);

        // Two of a group never share a host, and a third has no place.
        const string Group = "  placement: {antiAffinity: [web]}";
        var first = (await RunningGuestAsync("web1", Group)).Status!.Host;
        var second = (await RunningGuestAsync("web2", Group)).Status!.Host;
        Assert.NotEqual(first, second);
        await Cluster.ApplyAsync(PoolManifests.Guest("web3", Group), CancellationToken);
        var third = await Cluster.UntilAsync<VirtualMachine>(
            "default/web3", "no host is free of the group", one => one.Status.IsNot(VirtualMachineConditions.Placed, VirtualMachineReasons.NoHostFits), StartDeadline, CancellationToken);
        Assert.Contains("group web", third.Status.Condition(VirtualMachineConditions.Placed)!.Message, StringComparison.Ordinal);
    }

    private static string Disks(string name, string disks) =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: VirtualMachine
        metadata: {"{"}name: {name}, namespace: default{"}"}
        spec:
          memory: 128Mi
          runStrategy: Halted
          disks:
          {disks}
        """ + "\n";

    private async Task<string> InfoAsync(string path) => (await Lab.Machines.RunAsync("node1", $"qemu-img info -U --output=json {Mount}/{path}", CancellationToken)).Output;
}
