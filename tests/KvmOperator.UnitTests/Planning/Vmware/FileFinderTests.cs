using System.Text;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>Files are found as people and tools name them, and never outside of the source.</summary>
public sealed class FileFinderTests
{
    private static readonly Encoding Gbk = ForeignEncoding.Find("GBK")!;

    [Theory]
    [InlineData("d.vmdk", FoundBy.Path)]
    [InlineData("./d.vmdk", FoundBy.Path)]
    [InlineData("sub/../d.vmdk", FoundBy.Path)]
    [InlineData("D.VMDK", FoundBy.Case)]
    [InlineData("/vmfs/volumes/1234/vm/d.vmdk", FoundBy.BaseName)]
    [InlineData(@"D:\VMs\tmpl\d.vmdk", FoundBy.BaseName)]
    [InlineData(@"\\server\share\d.vmdk", FoundBy.BaseName)]
    [InlineData("[datastore1] vm/d.vmdk", FoundBy.BaseName)]
    [InlineData("elsewhere/d.vmdk", FoundBy.BaseName)]
    public void A_file_is_found_by_the_surest_way(string name, FoundBy by)
    {
        var found = new FileFinder(new MemorySource().Add("d.vmdk", "x").Add("._d.vmdk", "x").Folder).Find(name, string.Empty, Encoding.UTF8);

        Assert.Equal((FindOutcome.Found, "d.vmdk", by), (found.Outcome, found.File?.Path, found.By));
    }

    [Theory]
    [InlineData("café-é.vmdk")]
    [InlineData("가상 디스크.vmdk")]
    [InlineData("プログラム.vmdk")]
    [InlineData("Điện tử ộ.vmdk")]
    public void Letters_may_be_composed_or_not(string name)
    {
        // .NET leaves text as it is here: the product runs without ICU.
        var decomposed = NameFolding.Decompose(name);
        Assert.NotEqual(name, decomposed);

        Assert.Equal(FoundBy.Normalization, new FileFinder(new MemorySource().Add(decomposed, "x").Folder).Find(name, string.Empty, Encoding.UTF8).By);
        Assert.Equal(FoundBy.Normalization, new FileFinder(new MemorySource().Add(name, "x").Folder).Find(decomposed, string.Empty, Encoding.UTF8).By);
    }

    [Fact]
    public void Bytes_that_unpacking_left_are_found_by_the_encoding_of_who_names_them()
    {
        var source = new MemorySource().AddRaw(Gbk.GetBytes("虚拟磁盘.vmdk"), [1]);

        var found = new FileFinder(source.Folder).Find("虚拟磁盘.vmdk", string.Empty, Gbk);

        Assert.Equal((FindOutcome.Found, FoundBy.RawBytes), (found.Outcome, found.By));
        Assert.Contains(@"\x", found.File!.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("../secret")]
    [InlineData("a/../../secret")]
    [InlineData(@"..\..\secret")]
    [InlineData("nbd://127.0.0.1:1/x")]
    [InlineData("https://example.org/x.vmdk")]
    [InlineData("/dev/sda")]
    [InlineData(@"\\.\PhysicalDrive3")]
    [InlineData("link.vmdk")]
    [InlineData("pipe.vmdk")]
    public void Nothing_outside_is_found(string name)
    {
        var source = new MemorySource().Add("d.vmdk", "x").AddRaw("link.vmdk"u8.ToArray(), [], kind: SourceFileKind.OutsideLink).AddRaw("pipe.vmdk"u8.ToArray(), [], kind: SourceFileKind.Other);

        Assert.Equal(FindOutcome.Outside, new FileFinder(source.Folder).Find(name, string.Empty, Encoding.UTF8).Outcome);
    }

    [Fact]
    public void What_is_missing_is_missing_and_what_may_be_several_is_not_guessed()
    {
        var finder = new FileFinder(new MemorySource().Add("a/d.vmdk", "x").Add("b/d.vmdk", "x").Add("a/json:{}.vmdk", "x").Folder);

        Assert.Equal(FindOutcome.Missing, finder.Find("gone.vmdk", "a", Encoding.UTF8).Outcome);
        Assert.Equal(FindOutcome.Missing, finder.Find("", "a", Encoding.UTF8).Outcome);
        Assert.Equal(FindOutcome.Several, finder.Find("d.vmdk", "c", Encoding.UTF8).Outcome);
        Assert.Equal("a/d.vmdk", finder.Find("d.vmdk", "a", Encoding.UTF8).File?.Path);
        Assert.Equal("b/d.vmdk", finder.Find("../b/d.vmdk", "a", Encoding.UTF8).File?.Path);
        Assert.Equal("a/json:{}.vmdk", finder.Find("json:{}.vmdk", "a", Encoding.UTF8).File?.Path);
    }
}
