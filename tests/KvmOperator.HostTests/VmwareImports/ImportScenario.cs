using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmwareImports;

/// <summary>A folder of VMware, with a snapshot, becomes a guest that runs, and the source is as it was.</summary>
public sealed class ImportScenario(LabFixture fixture) : VmwareScenario(fixture)
{
    private const string Folder = Machines + "/CentOS_8_node3";

    [Fact]
    public async Task A_folder_with_a_snapshot_becomes_a_guest_that_works()
    {
        await MakeMachineAsync("CentOS_8_node3");
        var before = await ListAsync(Folder);

        // What a person sees before anything is written.
        var inspected = await StoppedAsync("qy1", Folder, VmwareImportReasons.StoppedAfterInspect, "  stopAfter: Inspect");
        Assert.Equal(("CentOS_8_node3", "debian12-64", 2), (inspected.Status!.Source!.Name, inspected.Status.Source.GuestId, inspected.Status.Disks.Single().Layers));
        Assert.Contains(inspected.Status.Concerns, concern => concern.Id == "SnapshotChain" && concern.Assessment!.Contains("虚拟磁盘-000001.vmdk", StringComparison.Ordinal));
        await Lab.Machines.RunAsync("node1", $"! test -e {Mount}/default_qy1", CancellationToken);

        await Cluster.KubectlAsync(CancellationToken, "patch", "vmwareimport", "qy1", "--type=merge", "-p", """{"spec": {"stopAfter": null}}""");
        var import = Succeeded(await Cluster.UntilAsync<VmwareImport>("default/qy1", "the import is over", IsOver, ImportDeadline, CancellationToken));

        Assert.Equal("True", import.Status.Condition(VmwareImportConditions.Verified)?.Status);
        Assert.NotNull(import.Status!.Evidence?.Lease ?? import.Status.Evidence?.Arp);
        Assert.Equal(before, await ListAsync(Folder));
        Assert.Single(await HostsRunningAsync("qy1"));

        // The guest is its own: it stays when the import goes.
        await Cluster.KubectlAsync(CancellationToken, "delete", "vmwareimport", "qy1", "--wait=false");
        await Cluster.UntilGoneAsync<VmwareImport>("default/qy1", StartDeadline, CancellationToken);
        await UntilRunningAsync("qy1");
    }

    [Fact]
    public async Task After_the_loss_of_the_cluster_the_guest_is_found_again_and_the_source_is_not_read()
    {
        await MakeMachineAsync("kept");
        Succeeded(await ImportAsync("kept", $"{Machines}/kept"));
        var running = await HostsRunningAsync("kept");

        await Lab.StopOperatorAsync(CancellationToken);
        await Lab.LoseClusterAsync(CancellationToken);
        await Lab.Machines.RunAsync("node1", $"rm -r {Machines}/kept", CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);
        await Lab.ApplyPoolAsync(CancellationToken);
        await Lab.PoolIsReadyAsync(CancellationToken);
        var again = Succeeded(await ImportAsync("kept", $"{Machines}/kept"));

        Assert.Equal(VmwareImportReasons.AlreadyImported, again.Status.Condition(CommonConditions.Succeeded)?.Reason);
        await UntilRunningAsync("kept");
        Assert.Equal(running, await HostsRunningAsync("kept"));
    }

    [Fact]
    public async Task An_import_that_is_deleted_while_it_converts_leaves_nothing()
    {
        await MakeMachineAsync("given-up");
        await Cluster.ApplyAsync(PoolManifests.Import("given-up", $"{Machines}/given-up"), CancellationToken);
        await Cluster.UntilAsync<VmwareImport>("default/given-up", "it converts", import => HasReached(import, ImportStep.Convert), StartDeadline, CancellationToken);

        await Cluster.KubectlAsync(CancellationToken, "delete", "vmwareimport", "given-up", "--wait=false");
        await Cluster.UntilGoneAsync<VmwareImport>("default/given-up", StartDeadline, CancellationToken);

        // Unless it was quicker than its deletion: then the guest is there, with its disk.
        if (await Cluster.TryGetAsync<VirtualMachine>("default/given-up", CancellationToken) is null)
        {
            await Lab.Machines.RunAsync("node1", $"! ls {Mount}/default_given-up/* 2>/dev/null", CancellationToken);
        }
    }
}
