using System.Text;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>A .vmx is read as it is found in the wild.</summary>
public sealed class VmxReaderTests
{
    [Theory]
    [InlineData("memsize = \"512\"", "memsize", "512")]
    [InlineData("MemSize= \"512\"", "MEMSIZE", "512")]
    [InlineData("  memsize=\"512\"\t\r", "memsize", "512")]
    [InlineData("sata0.present = TRUE", "sata0.present", "TRUE")]
    [InlineData("sata0.present = TRUE   # for the disk", "sata0.present", "TRUE")]
    [InlineData("guestOS = \"darwin24-64\"     # the guest's kind", "guestos", "darwin24-64")]
    [InlineData("annotation = \"a|22b|22|0D|0Ac|7Cd\"", "annotation", "a\"b\"\r\nc|d")]
    [InlineData("annotation = \"|E8|8A|82 100|\"", "annotation", "节 100|")]
    [InlineData("displayName = \"not closed", "displayname", "not closed")]
    [InlineData("displayName = \"a \"b\" c\"", "displayname", "a \"b\" c")]
    [InlineData("displayName = \"\"", "displayname", "")]
    [InlineData("scsi0:0.fileName = \"a = b # c.vmdk\"", "scsi0:0.filename", "a = b # c.vmdk")]
    public void A_line_is_a_key_and_a_value(string line, string key, string value)
    {
        var file = Read($"#!/usr/bin/vmware\n\n# comment\n{line}\nlast = \"x\"\n");

        Assert.Equal(value, file.Value(key));
        Assert.Equal("x", file.Value("last"));
        Assert.Equal(0, file.Unparsable);
    }

    [Theory]
    [InlineData("{% if AMD == '1' -%}")]
    [InlineData("{%- else -%}")]
    [InlineData("no separator")]
    [InlineData("= \"no key\"")]
    [InlineData("two words = \"x\"")]
    public void A_line_that_is_none_is_noted_with_its_number_and_the_others_count(string line)
    {
        var file = Read($"a = \"1\"\r\n{line}\r\nb = \"2\"\r\n");

        Assert.Equal(("1", "2"), (file.Value("a"), file.Value("b")));
        Assert.Equal((2, NoteKind.Unparsable), (Assert.Single(file.Notes).Line, file.Notes[0].Kind));
        Assert.Equal(1, file.Unparsable);
    }

    [Fact]
    public void Of_a_key_that_stands_twice_the_last_counts_and_all_are_known()
    {
        var file = Read("memsize = \"256\"\nMEMSIZE = \"512\"\na.present = \"TRUE\"\na.present = \"true\"\ncheckpoint.vmState = \"\"\ncheckpoint.vmState.readOnly = \"FALSE\"\n");

        Assert.Equal(512, file.Number("memsize"));
        Assert.Equal(["256", "512"], file.Duplicates[0].Values);
        Assert.Equal([false, true], file.Duplicates.Select(twice => twice.IsHarmless));
        Assert.Null(file.Text("checkpoint.vmState"));
    }

    [Theory]
    [InlineData("GBK", "节点 64 位")]
    [InlineData("Shift_JIS", "仮想ディスク ソ")]
    [InlineData("windows-949-2000", "가상 디스크")]
    [InlineData("windows-1252", "Größe")]
    public void The_encoding_that_it_names_counts_wherever_the_name_stands(string encoding, string name)
    {
        var text = $"displayName = \"{name}\"\r\n.Encoding = \"{encoding}\"\r\n";

        var file = VmxReader.Read(ForeignEncoding.Encode(ForeignEncoding.Find(encoding)!, text));

        Assert.Equal(name, file.Text("displayName"));
        Assert.Null(file.EncodingDoubt);
    }

    [Fact]
    public void Without_a_name_UTF_8_counts_when_it_is_valid_and_else_windows_1252_with_a_word()
    {
        Assert.Equal("Größe", Read("displayName = \"Größe\"").Text("displayName"));
        var western = VmxReader.Read(Encoding.Latin1.GetBytes("displayName = \"Größe\""));
        Assert.Equal("Größe", western.Text("displayName"));
        Assert.NotNull(western.EncodingDoubt);
    }

    [Fact]
    public void Byte_order_marks_are_read()
    {
        Assert.Equal("节点", VmxReader.Read([0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes("displayName = \"节点\"")]).Text("displayName"));
        Assert.Equal("节点", VmxReader.Read([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("displayName = \"节点\"")]).Text("displayName"));
        Assert.Equal("节点", VmxReader.Read([.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes("displayName = \"节点\"")]).Text("displayName"));
    }

    [Fact]
    public void What_is_no_text_or_too_large_is_refused_with_its_concern()
    {
        Assert.Equal(ConcernId.NotText, Assert.Throws<VmwareFormatException>(() => VmxReader.Read([1, 0, 2])).Concern);
        Assert.Equal(ConcernId.NotText, Assert.Throws<VmwareFormatException>(() => VmxReader.Read(new byte[FormatLimits.VmxBytes + 1])).Concern);
        var many = string.Concat(Enumerable.Range(0, FormatLimits.Entries + 1).Select(index => $"k{index}=\"1\"\n"));
        Assert.Equal(ConcernId.NotText, Assert.Throws<VmwareFormatException>(() => Read(many)).Concern);
        Assert.Equal(ConcernId.NotText, Assert.Throws<VmwareFormatException>(() => Read(string.Concat(Enumerable.Repeat("k=\"1\"\n", FormatLimits.Entries + 2)))).Concern);
    }

    [Fact]
    public void Snapshots_have_names_and_times()
    {
        var snapshots = VmsdReader.Read(Encoding.UTF8.GetBytes(
            """
            .encoding = "UTF-8"
            snapshot.lastUID = "7"
            snapshot0.uid = "1"
            snapshot0.filename = "a-Snapshot1.vmsn"
            snapshot0.displayName = "before the update"
            snapshot0.createTimeHigh = "388801"
            snapshot0.createTimeLow = "-814770620"
            snapshot0.numDisks = "1"
            snapshot0.disk0.fileName = "a.vmdk"
            snapshot0.disk0.node = "scsi0:0"
            snapshot.numSnapshots = "2"
            snapshot1.uid = "7"
            snapshot1.parent = "1"
            snapshot1.disk0.fileName = "a-000001.vmdk"
            snapshot1.disk0.node = "scsi0:0"
            """));

        Assert.Equal(["before the update", "snapshot 7"], snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal("a-000001.vmdk", snapshots[1].Disks["scsi0:0"]);
        Assert.Equal(2022, snapshots[0].Created!.Value.Year);
        Assert.Empty(VmsdReader.Read([]));
    }

    private static VmxFile Read(string text) => VmxReader.Read(Encoding.UTF8.GetBytes(text));
}
