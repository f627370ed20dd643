using System.Diagnostics;
using System.Security.Cryptography;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>
/// The inputs that a script builds with qemu-img (the variable <c>KVM_OPERATOR_VMWARE_CASES</c> names their folder): what qemu-img makes of our own descriptors has the content that went in. The same inputs without
/// content are in <see cref="InspectorTests"/>.
/// </summary>
public sealed class CaseFolderTests
{
    private static readonly string? Cases = Environment.GetEnvironmentVariable("KVM_OPERATOR_VMWARE_CASES") is { Length: > 0 } named ? named : null;

    [Theory]
    [InlineData("01", null)]
    [InlineData("02", null)]
    [InlineData("03", null)]
    [InlineData("05", "gnu.ova")]
    [InlineData("05", "pax.ova")]
    [InlineData("06", "a.ova")]
    [InlineData("08", null)]
    [InlineData("15", null)]
    [InlineData("18", "d.vmdk")]
    [InlineData("23", null)]
    [InlineData("24", "footer.vmdk")]
    [InlineData("24", "padded.vmdk")]
    [InlineData("24", "asextent.vmdk")]
    [InlineData("25/a", null)]
    [InlineData("27/vm", "b.vmdk")]
    [InlineData("27/vm", "c.vmdk")]
    [InlineData("27/vm", "winpath.vmdk")]
    [InlineData("11/Cent OS '8' 100% 节点.vmwarevm", null)]
    public async Task Content_is_the_same(string folder, string? file)
    {
        var found = await InspectAsync(folder, file);

        Assert.DoesNotContain(found.Concerns, concern => concern.Category == ConcernCategory.Critical);
        Assert.Equal((await File.ReadAllTextAsync(Path.Combine(Cases!, "src.sha256"), TestContext.Current.CancellationToken))[..64], await ContentAsync(folder, found.Disks.Single()));
    }

    [Fact]
    public async Task Twelve_snapshots_are_merged()
    {
        var found = await InspectAsync("10", null);

        var want = await SHA256.HashDataAsync(File.OpenRead(Path.Combine(Cases!, "10/want.raw")), TestContext.Current.CancellationToken);
        Assert.Equal(Convert.ToHexStringLower(want), await ContentAsync("10", found.Disks.Single()));
    }

    [Theory]
    [InlineData("04", null, null)]
    [InlineData("06", "bad.ova", ConcernId.ChecksumMismatch)]
    [InlineData("07", null, null)]
    [InlineData("09", null, null)]
    [InlineData("14", null, ConcernId.FileMissing)]
    [InlineData("16", null, null)]
    [InlineData("17/a", "d.vmdk", ConcernId.FileMissing)]
    [InlineData("17/b", "d-s001.vmdk", ConcernId.FileMissing)]
    [InlineData("17/c", "d.vmdk", ConcernId.FileTruncated)]
    [InlineData("19", "abs.vmdk", ConcernId.PathOutside)]
    [InlineData("19", "cap0.vmdk", ConcernId.Corrupt)]
    [InlineData("19", "self.vmdk", ConcernId.Corrupt)]
    [InlineData("20", "a.vmx", null)]
    [InlineData("21", "base-000001.vmdk", null)]
    [InlineData("21", "res.vmdk", ConcernId.UnsupportedExtent)]
    [InlineData("21", "dirty.vmdk", ConcernId.SeSparseDirty)]
    [InlineData("22", null, null)]
    [InlineData("26", "zero.vmdk", null)]
    [InlineData("26", "rdonly.vmdk", null)]
    [InlineData("26", "lower.vmdk", null)]
    [InlineData("27/vm", "changed.vmdk", ConcernId.ParentChanged)]
    [InlineData("27/vm", "missing.vmdk", ConcernId.FileMissing)]
    [InlineData("27/vm", "sibling.vmdk", ConcernId.PathOutside)]
    [InlineData("27/vm", "nbd.vmdk", ConcernId.PathOutside)]
    [InlineData("27/vm", "cyc1.vmdk", ConcernId.Cycle)]
    [InlineData("28", "blank.vmdk", null)]
    public async Task It_is_understood_or_said_why_not(string folder, string? file, ConcernId? critical)
    {
        var found = await InspectAsync(folder, file);

        Assert.Equal(critical, found.Concerns.FirstOrDefault(concern => concern.Category == ConcernCategory.Critical)?.Id);
    }

    private static async Task<Inspection> InspectAsync(string folder, string? file)
    {
        Assert.SkipWhen(Cases is null, "no folder of inputs is named");
        var source = new FolderSource(Path.Combine(Cases!, folder));
        return await Inspector.InspectAsync(source.List(), source, new InspectionRequest { File = file }, TestContext.Current.CancellationToken);
    }

    /// <summary>What qemu-img reads, by our own descriptors in a work folder of its own.</summary>
    private static async Task<string> ContentAsync(string folder, DiskChain disk)
    {
        var work = Directory.CreateTempSubdirectory("vmware-work-");
        try
        {
            var source = QemuImgSource.Make(disk, work.FullName);
            foreach (var link in source.Links)
            {
                File.CreateSymbolicLink(Path.Combine(work.FullName, link.Name), Path.Combine(Cases!, folder, link.Target.Path));
            }

            foreach (var (name, text) in source.Files)
            {
                await File.WriteAllTextAsync(Path.Combine(work.FullName, name), text, TestContext.Current.CancellationToken);
            }

            var raw = Path.Combine(work.FullName, "out.raw");
            using var process = Process.Start(new ProcessStartInfo("qemu-img", ["convert", "-O", "raw", source.Image, raw]) { RedirectStandardError = true, UseShellExecute = false })!;
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, errors);
            await using var content = File.OpenRead(raw);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, TestContext.Current.CancellationToken));
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
