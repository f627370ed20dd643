using System.Text;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>Descriptors are read as VMware means them, also where qemu-img does not.</summary>
public sealed class VmdkDescriptorReaderTests
{
    [Fact]
    public void Every_kind_of_extent_is_read()
    {
        var descriptor = Read(Vmdk.Descriptor("twoGbMaxExtentFlat", "RW 2048 FLAT \"a b-f001.vmdk\" 0\nRDONLY 16 flat \"C:\\x\\y.vmdk\" 128 extra fields\nrw\t10  VMFS \"v.vmdk\"\nRW 4 ZERO\nNOACCESS 8 SPARSE \"s.vmdk\"\nRW 1 SESPARSE \"e\"\nRW 1 VMFSSPARSE \"d\"\nRW 1 VMFSRDM \"r\"\nRW 1 NEW \"n\""));

        Assert.Equal(
            [VmdkExtentKind.Flat, VmdkExtentKind.Flat, VmdkExtentKind.Vmfs, VmdkExtentKind.Zero, VmdkExtentKind.Sparse, VmdkExtentKind.SeSparse, VmdkExtentKind.VmfsSparse, VmdkExtentKind.Device, VmdkExtentKind.Unknown],
            descriptor.Extents.Select(extent => extent.Kind));
        Assert.Equal((128L, @"C:\x\y.vmdk", VmdkAccess.ReadOnly), (descriptor.Extents[1].Offset, descriptor.Extents[1].FileName, descriptor.Extents[1].Access));
        Assert.Equal(VmdkAccess.None, descriptor.Extents[4].Access);
        Assert.Null(descriptor.Extents[2].Offset);
        Assert.True(descriptor.IsDevice);
    }

    [Theory]
    [InlineData("# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n\nRW 2048 FLAT \"a.bin\" 0\n")]
    [InlineData("\uFEFF# Disk DescriptorFile\r\n\r\nversion=4\r\nparentCID=ffffffff\r\nCID = 1\r\ncreateType = \"monolithicFlat\"\r\nRW 2048 FLAT \"a.bin\" 0")]
    [InlineData("CID=1\ncreateType=monolithicFlat\n/* RW 1 FLAT \"no\" 0 */\n#RW 1 FLAT \"no\" 0\nRW 2048 FLAT \"a.bin\" 0\n/* the end */\n")]
    public void Empty_lines_order_blanks_marks_and_comments_change_nothing(string text)
    {
        var descriptor = Read(text);

        Assert.Equal((1u, VmdkDescriptor.NoParent, "monolithicFlat", 2048L), (descriptor.Cid, descriptor.ParentCid, descriptor.CreateType, descriptor.Sectors));
        Assert.Equal("a.bin", Assert.Single(descriptor.Extents).FileName);
        Assert.False(descriptor.HasParent);
    }

    [Theory]
    [InlineData("encoding=\"GBK\"", "GBK", "虚拟磁盘-s001.vmdk")]
    [InlineData("ddb.encoding = \"Shift_JIS\"", "Shift_JIS", "仮想ソ-s001.vmdk")]
    [InlineData("encoding=\"windows-949-2000\"\nddb.encoding = \"UTF-8\"", "windows-949-2000", "가상-s001.vmdk")]
    public void Names_are_in_the_encoding_that_it_names_itself(string declaration, string encoding, string name)
    {
        var bytes = ForeignEncoding.Encode(ForeignEncoding.Find(encoding)!, $"{declaration}\ncreateType=\"twoGbMaxExtentSparse\"\nRW 1 SPARSE \"{name}\"\n");

        Assert.Equal(name, Assert.Single(VmdkDescriptorReader.Read(bytes).Extents).FileName);
    }

    [Fact]
    public void An_embedded_one_ends_at_its_first_zero_and_a_fresh_snapshot_has_its_parents_id()
    {
        var text = Vmdk.Descriptor("seSparse", "RW 8 SESPARSE \"x-sesparse.vmdk\"", 0x3729b687, 0x3729b687, "x.vmdk");

        var descriptor = VmdkDescriptorReader.Read([.. Encoding.UTF8.GetBytes(text), .. new byte[100], .. "RW 8 FLAT \"y\" 0"u8]);

        Assert.Single(descriptor.Extents);
        Assert.True(descriptor.HasParent);
        Assert.Equal("x.vmdk", descriptor.ParentFileName);
    }

    [Fact]
    public void What_is_none_or_too_large_is_refused()
    {
        Assert.Throws<VmwareFormatException>(() => Read("hello"));
        Assert.Throws<VmwareFormatException>(() => VmdkDescriptorReader.Read([]));
        Assert.Throws<VmwareFormatException>(() => VmdkDescriptorReader.Read(new byte[FormatLimits.DescriptorBytes + 1]));
        Assert.Equal(ConcernId.UnsupportedExtent, Assert.Throws<VmwareFormatException>(() => Read(string.Concat(Enumerable.Repeat("RW 1 ZERO\n", FormatLimits.Extents + 1)))).Concern);
        Assert.Throws<VmwareFormatException>(() => Read("createType=\"x\"\nRW 9223372036854775807 ZERO\nRW 9223372036854775807 ZERO\n"));
    }

    private static VmdkDescriptor Read(string text) => VmdkDescriptorReader.Read(Encoding.UTF8.GetBytes(text));
}
