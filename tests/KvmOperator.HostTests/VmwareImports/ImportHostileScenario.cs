using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmwareImports;

/// <summary>Who may create an import reads nothing of the hosts with it, and nothing of another tenant, and a source that was made to mislead gives no disk.</summary>
public sealed class ImportHostileScenario(LabFixture fixture) : VmwareScenario(fixture)
{
    private const string Descriptor = "# Disk DescriptorFile\\nversion=1\\nCID=fffffffe\\nparentCID=ffffffff\\ncreateType=\"monolithicFlat\"\\n\\n# Extent description\\nRW 8 FLAT \"EXTENT\" 0\\n";

    [Fact]
    public async Task Nothing_is_read_outside_of_what_an_administrator_named()
    {
        await Lab.Machines.RunAsync("node1", $"mkdir -p {Machines} && ln -sfn /etc {Machines}/etc && mkdir -p {Mount}/other_db && cp {Mount}/guest.qcow2 {Mount}/other_db/root.vmdk", CancellationToken);

        await ToldAsync("link", $"{Machines}/etc", "is not below a folder from which imports may read: a link leads out of it");
        await ToldAsync("elsewhere", "/etc", "is not below a folder from which imports may read");
        await ToldAsync("tenant", $"{Mount}/other_db", "lies in the folder of a guest in the namespace other");

        // The host names no folder.
        var onHost = PoolManifests.Import("host", "/srv").Replace($"storeRef:\n      name: {PoolManifests.Store}\n    path", "hostRef:\n      name: node1\n    path", StringComparison.Ordinal);
        await Cluster.ApplyAsync(onHost, CancellationToken);
        var refused = await Cluster.UntilAsync<VmwareImport>(
            "default/host", "it is refused", import => import.Status.Condition(KvmOperator.Api.CommonConditions.Succeeded)?.Reason == VmwareImportReasons.SourceUnreadable, StartDeadline, CancellationToken);
        Assert.Contains("names no spec.importFolders", refused.Status.Condition(KvmOperator.Api.CommonConditions.Succeeded)!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absolute", "/etc/shadow", "FileMissing", "PathOutside")]
    [InlineData("above", "../../../../../etc/shadow", "PathOutside", "FileMissing")]
    [InlineData("linked", "link.vmdk", "PathOutside", "PathOutside")]
    [InlineData("device", "/dev/vda", "FileMissing", "PathOutside")]
    [InlineData("itself", "itself.vmdk", "Cycle", "Corrupt")]
    public async Task A_descriptor_that_names_something_else_gives_no_disk(string name, string extent, string expected, string orElse)
    {
        await Lab.Machines.RunAsync(
            "node1",
            $"mkdir -p {Machines}/{name} && cd {Machines}/{name} && ln -sfn /etc/shadow link.vmdk && printf '{Descriptor.Replace("EXTENT", extent, StringComparison.Ordinal)}' > {name}.vmdk",
            CancellationToken);

        var stopped = await StoppedAsync(name, $"{Machines}/{name}/{name}.vmdk", VmwareImportReasons.CriticalConcerns);

        Assert.Contains(stopped.Status!.Concerns, concern => concern.Category == ConcernCategory.Critical && (concern.Id == expected || concern.Id == orElse));
        await Lab.Machines.RunAsync("node1", $"! test -e {Mount}/default_{name}", CancellationToken);
        Assert.Null(await Cluster.TryGetAsync<VirtualMachine>($"default/{name}", CancellationToken));
    }

    [Fact]
    public async Task A_source_that_is_swapped_after_its_inspection_gives_no_disk()
    {
        await MakeMachineAsync("swapped");
        await StoppedAsync("swapped", $"{Machines}/swapped", VmwareImportReasons.StoppedAfterInspect, "  stopAfter: Inspect");
        await Lab.Machines.RunAsync("node1", $"cd {Machines}/swapped && rm 虚拟磁盘.vmdk && ln -s /etc/shadow 虚拟磁盘.vmdk", CancellationToken);

        await Cluster.KubectlAsync(CancellationToken, "patch", "vmwareimport", "swapped", "--type=merge", "-p", """{"spec": {"stopAfter": null}}""");
        await Cluster.UntilAsync<VmwareImport>(
            "default/swapped", "the link is seen", import => import.Status?.Concerns.Any(concern => concern.Id == "PathOutside") == true, StartDeadline, CancellationToken);

        await Lab.Machines.RunAsync("node1", $"! test -e {Mount}/default_swapped", CancellationToken);
    }

    private async Task ToldAsync(string name, string path, string message)
    {
        var stopped = await StoppedAsync(name, path, VmwareImportReasons.SourceUnreadable);
        Assert.Contains(message, stopped.Status.Condition(VmwareImportConditions.Inspected)!.Message, StringComparison.Ordinal);
        await Lab.Machines.RunAsync("node1", $"! test -e {Mount}/default_{name}", CancellationToken);
    }
}
