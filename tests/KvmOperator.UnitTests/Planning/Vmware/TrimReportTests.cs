using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>Only what VMware makes again, or left, is disposable.</summary>
public sealed class TrimReportTests
{
    [Theory]
    [InlineData("vmware.log", TrimClass.Logs)]
    [InlineData("vmware-0.log", TrimClass.Logs)]
    [InlineData("vmware-10.log", TrimClass.Logs)]
    [InlineData("caches/GuestAppsCache/appData/x", TrimClass.Caches)]
    [InlineData("quicklook-cache.png", TrimClass.Caches)]
    [InlineData("CentOS_8_node3-Snapshot1.vmsn", TrimClass.SnapshotState)]
    [InlineData("CentOS_8_node3-Snapshot12.vmem", TrimClass.SnapshotState)]
    [InlineData("CentOS_8_node3.vmss", TrimClass.SuspendedState)]
    [InlineData("564d.vmem", TrimClass.Swap)]
    [InlineData("vm-79c21733.vswp", TrimClass.Swap)]
    [InlineData("虚拟磁盘.vmdk.lck/M12345.lck", TrimClass.Locks)]
    [InlineData(".lck-6a00000000000000", TrimClass.Locks)]
    [InlineData(".DS_Store", TrimClass.Leftovers)]
    [InlineData("a.vmx~", TrimClass.Leftovers)]
    [InlineData("a.vmx", null)]
    [InlineData("a.nvram", null)]
    [InlineData("a.vmsd", null)]
    [InlineData("a-Snapshot1.vmdk", null)]
    [InlineData("虚拟磁盘-000001.vmdk", null)]
    [InlineData("a-flat.vmdk", null)]
    [InlineData("notes.log", null)]
    [InlineData("backup/vmware.log", null)]
    [InlineData("my.lck/thesis.doc", null)]
    public void A_file_is_of_a_class_or_kept(string path, TrimClass? expected) => Assert.Equal(expected, TrimReport.ClassOf(path, isSuspended: false));

    [Fact]
    public void What_the_import_uses_and_what_leads_elsewhere_is_kept()
    {
        var source = new MemorySource().Add("vmware.log", Vmdk.Vmx(Vmdk.Disk("vmware-1.log"))).Add("vmware-1.log", Vmdk.MonolithicSparse(8)).Add("vmware-2.log", "x").AddRaw("vmware-3.log"u8.ToArray(), [], kind: SourceFileKind.OutsideLink);

        var items = TrimReport.Make(source.Folder, source.Folder.Files.Take(2), isSuspended: false, string.Empty);
        var suspended = TrimReport.Make(new MemorySource().Add("a.vmss", "x").Add("vmware.log", "x").Folder, [], isSuspended: true, string.Empty);

        Assert.Equal(["vmware-2.log"], items.Select(item => item.File.Path));
        Assert.Equal([false, true], suspended.Select(item => item.NeedsAcceptance));
    }
}
