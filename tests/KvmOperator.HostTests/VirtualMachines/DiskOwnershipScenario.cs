using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using KvmOperator.HostTests.Ssh;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>A file in a store is one guest's disk: nobody starts with another one's, deletes it, or gets a new, empty one in its place.</summary>
public sealed class DiskOwnershipScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Mount = "/var/lib/libvirt/images";

    [Fact]
    public async Task A_disk_that_another_guest_has_by_now_is_neither_taken_back_nor_deleted_with_its_old_guest()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("web", "  runStrategy: Halted"), CancellationToken);
        await UntilPhaseAsync("web", "Stopped");
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "web", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/web", StartDeadline, CancellationToken);
        await Cluster.ApplyAsync(PoolManifests.Guest("web2").Replace("image: guest.qcow2", "existing: default_web/root.qcow2", StringComparison.Ordinal), CancellationToken);
        var host = (await UntilRunningAsync("web2")).Status!.Host!;

        // A Git revert brings the first one back.
        await Cluster.ApplyAsync(PoolManifests.Guest("web", "  deletionPolicy: Delete"), CancellationToken);
        var refused = await Cluster.UntilAsync<VirtualMachine>(
            "default/web", "its disk is said to be another guest's", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.DependencyNotReady), StartDeadline, CancellationToken);
        Assert.Contains("is a disk of default/web2 by now", refused.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);
        Assert.Empty(await HostsRunningAsync("web"));

        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "web", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/web", StartDeadline, CancellationToken);
        Assert.Contains(VirtualMachineReasons.DiskKept, await Cluster.EventReasonsAsync("default/web", CancellationToken));
        await Lab.Machines.RunAsync("storage", $"test -s {OperatorLab.ExportPath}/default_web/root.qcow2", CancellationToken);
        Assert.Equal([host], await HostsRunningAsync("web2"));

        // It can be started again: it is the one that has the file.
        await Lab.Machines.RunAsync(host, "kill -9 \"$(cat /run/libvirt/qemu/default_web2.pid)\"", CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>("default/web2", "it was started again", one => one.Status is { Phase: "Running", RestartCount: 1 }, StartDeadline, CancellationToken);
    }

    [Fact]
    public async Task A_disk_that_vanished_is_told_and_not_made_anew()
    {
        const string Strategy = "  runStrategy: Halted\n  terminationGracePeriodSeconds: 0";
        await Cluster.ApplyAsync(WithData("data1"), CancellationToken);
        await UntilRunningAsync("data1");
        await Cluster.ApplyAsync(WithData("data1", Strategy), CancellationToken);
        await UntilPhaseAsync("data1", "Stopped");
        await Lab.Machines.RunAsync("storage", $"mv {OperatorLab.ExportPath}/default_data1/data.qcow2 {OperatorLab.ExportPath}/saved.qcow2", CancellationToken);
        foreach (var host in new[] { "node1", "node2" })
        {
            // A client of NFS knows a file under its old name for up to a minute, and opens the same file by it.
            await KvmLab.UntilAsync(
                $"{host} sees that the file is gone", async () => (await Lab.Machines.TryRunAsync(host, $"test ! -e {Mount}/default_data1/data.qcow2", CancellationToken)).Succeeded, StartDeadline, CancellationToken);
        }

        await Cluster.ApplyAsync(WithData("data1"), CancellationToken);
        var lost = await Cluster.UntilAsync<VirtualMachine>(
            "default/data1", "the lost disk is told", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.StepFailed), StartDeadline, CancellationToken);
        Assert.Contains($"{Mount}/default_data1/data.qcow2 was there and is gone", lost.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);
        await Lab.Machines.RunAsync("storage", $"test ! -e {OperatorLab.ExportPath}/default_data1/data.qcow2", CancellationToken);
        Assert.Empty(await HostsRunningAsync("data1"));

        // A new operator with a new cluster knows it from the domain alone.
        await Lab.StopOperatorAsync(CancellationToken);
        await Lab.LoseClusterAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);
        await Lab.ApplyPoolAsync(CancellationToken);
        await Cluster.ApplyAsync(WithData("data1"), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>(
            "default/data1", "the lost disk is told again", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.StepFailed), StartDeadline, CancellationToken);
        await Lab.Machines.RunAsync("storage", $"test ! -e {OperatorLab.ExportPath}/default_data1/data.qcow2", CancellationToken);

        await Lab.Machines.RunAsync("storage", $"mv {OperatorLab.ExportPath}/saved.qcow2 {OperatorLab.ExportPath}/default_data1/data.qcow2", CancellationToken);
        await UntilRunningAsync("data1");
    }

    [Fact]
    public async Task A_disk_that_another_host_has_just_made_is_not_told_as_gone()
    {
        const string Folder = Mount + "/default_late";
        await Lab.Machines.RunAsync("node1", $"mkdir -p {Folder}", CancellationToken);

        // From now on node2's NFS remembers for half a minute that there is nothing.
        await Lab.Machines.RunAsync("node2", $"ls {Folder}; test ! -e {Folder}/root.qcow2", CancellationToken);
        await Lab.Machines.RunAsync("node1", $"qemu-img create -q -f qcow2 {Folder}/root.qcow2 16M", CancellationToken);
        await using var shell = ShellFactory.Create(await Lab.ConnectionToAsync("node2", CancellationToken));
        var read = await new QemuImages(null!).ReadAsync(shell, new DiskScope("default", [Mount]), [new DiskFile($"{Folder}/root.qcow2", "qcow2")], CancellationToken);

        Assert.Equal(16L << 20, Assert.Single(read)?.SizeBytes);
    }

    private static string WithData(string name, string more = "") =>
        PoolManifests.Guest(name, more).Replace("  networks:\n", "  - {name: data, storeRef: {name: images}, size: 16Mi}\n  networks:\n", StringComparison.Ordinal);
}
