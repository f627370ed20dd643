using System.Diagnostics;
using System.Security.Cryptography;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Planning.Vmware;
using KvmOperator.UnitTests.Hosts;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmwareImports;
using Xunit;
using ConcernCategory = KvmOperator.Planning.Vmware.ConcernCategory;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>
/// The inputs that a script builds with qemu-img (the variable <c>KVM_OPERATOR_VMWARE_CASES</c> names their folder) on the whole way: listed and read by the script, inspected, written down, converted by the script with
/// this computer's own qemu-img. The converted disk has the content that went in.
/// </summary>
public sealed class ImportedFolderTests : IDisposable
{
    private static readonly string? Cases = Environment.GetEnvironmentVariable("KVM_OPERATOR_VMWARE_CASES") is { Length: > 0 } named ? named : null;

    private readonly string store = Directory.CreateTempSubdirectory("vmware-store-").FullName;
    private readonly ScriptedHost host = new();
    private readonly HostSources sources = new(TimeProvider.System);
    private readonly VmwareImages images = new(new InlineJobs());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Guest => Path.Combine(store, "default_qy1");

    public void Dispose()
    {
        host.Dispose();
        Directory.Delete(store, recursive: true);
    }

    [Theory]
    [InlineData("01")]
    [InlineData("02")]
    [InlineData("03")]
    [InlineData("04")]
    [InlineData("05/gnu.ova")]
    [InlineData("05/pax.ova")]
    [InlineData("06/a.ova")]
    [InlineData("08")]
    [InlineData("11/Cent OS '8' 100% 节点.vmwarevm")]
    [InlineData("15")]
    [InlineData("18/d.vmdk")]
    [InlineData("20/a.vmx")]
    [InlineData("22")]
    [InlineData("23")]
    [InlineData("24/footer.vmdk")]
    [InlineData("24/padded.vmdk")]
    [InlineData("24/asextent.vmdk")]
    [InlineData("25/a")]
    [InlineData("25/b")]
    [InlineData("27/vm/b.vmdk")]
    [InlineData("27/vm/c.vmdk")]
    [InlineData("27/vm/winpath.vmdk")]
    public async Task The_disk_has_the_content_that_went_in_and_the_source_is_as_it_was(string path)
    {
        Assert.SkipWhen(Cases is null, "no folder of inputs is named");
        var before = await StampsAsync(path);

        var target = await ImportAsync(path);

        Assert.Equal((await File.ReadAllTextAsync(Path.Combine(Cases!, "src.sha256"), Token))[..64], await ContentAsync(target));
        Assert.Equal(before, await StampsAsync(path));
    }

    [Fact]
    public async Task Twelve_snapshots_are_merged()
    {
        Assert.SkipWhen(Cases is null, "no folder of inputs is named");

        var target = await ImportAsync("10");

        await using var want = File.OpenRead(Path.Combine(Cases!, "10/want.raw"));
        Assert.Equal(Convert.ToHexStringLower(await SHA256.HashDataAsync(want, Token)), await ContentAsync(target));
    }

    /// <summary>All files with their sizes and times: by a tool, since .NET opens no names that are no UTF-8.</summary>
    private async Task<string> StampsAsync(string path)
    {
        var folder = Path.Combine(Cases!, path);
        folder = Directory.Exists(folder) ? folder : Path.GetDirectoryName(folder)!;
        return await host.ReadAsync(RemoteCommand.Of("find", folder, "-type", "f", "-printf", "%p %s %T@ %i\\n"), Token);
    }

    private async Task<string> ImportAsync(string path)
    {
        var import = new VmwareImport
        {
            Metadata = new V1ObjectMeta { Name = "qy1", NamespaceProperty = "default", Uid = Guid.NewGuid().ToString() },
            Spec = new VmwareImportSpec
            {
                Source = new ImportSource { HostRef = new LocalObjectReference { Name = "node1" }, Path = Path.Combine(Cases!, path) },
                VirtualMachine = new ImportedVirtualMachine { Name = "qy1" },
                StoreRef = new LocalObjectReference { Name = "images" },
            },
        };
        var scope = new SourceScope(import.Spec.Source.Path, [Cases!], [store], "default");
        var source = await new SourceInspection(sources, Given.Stored()).InspectAsync(import, host, scope, Token);
        Assert.DoesNotContain(source.Inspection.Concerns, concern => concern.Category == ConcernCategory.Critical);

        var machine = ImportedGuest.Make(import, "mark", "default", source.Inspection);
        var target = $"{Guest}/{machine.Spec.Disks.Single().Name}.qcow2";
        var record = ImportRecords.Make(import, source, machine, [target]);

        // The usual work folder is root's; a test has its own.
        var work = $"{store}/work";
        record = record with
        {
            Reserve = new RecordedReserve(0, 0),
            Disks = [.. record.Disks.Select(disk => disk with { Work = work, Image = disk.Image.Replace(disk.Work, work, StringComparison.Ordinal) })],
        };
        await images.WriteRecordAsync(host, Guest, [store], record, Token);
        var state = await images.ConvertAsync(host, new JobName("import", import.Metadata.Uid), scope, Guest, 0, Token);
        Assert.Equal((ConversionOutcome.Done, string.Empty), (state.Outcome, state.Error));
        return target;
    }

    private async Task<string> ContentAsync(string disk)
    {
        var raw = Path.Combine(store, "raw");
        using var process = Process.Start("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", disk, raw]);
        await process.WaitForExitAsync(Token);
        await using var content = File.OpenRead(raw);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, Token));
    }
}
