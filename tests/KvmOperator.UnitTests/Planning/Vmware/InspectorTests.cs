using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>
/// A source is understood, or it is said what is wrong with it. The numbers are those of the inputs from public bug reports (virt-v2v, Xen Orchestra, CloudStack, OpenNebula and others) that the issue lists.
/// </summary>
public sealed class InspectorTests
{
    private const long Sectors = 2048;

    [Fact]
    public async Task Case_01_an_IDE_disk_needs_no_device_type()
    {
        var found = await Machine(("ide0:0.present", "TRUE"), ("ide0:0.fileName", "d.vmdk"), ("ide1:0.present", "TRUE"), ("ide1:0.deviceType", "cdrom-raw"), ("ide1:0.fileName", "auto detect"))
            .Add("d.vmdk", Vmdk.MonolithicSparse(Sectors)).InspectAsync();

        NothingCritical(found);
        Assert.Equal(("ide0:0", DiskController.Ide, Sectors * 512), (found.Machine!.Disks.Single().Slot, found.Machine.Disks[0].Controller, found.Disks.Single().Size));
        Assert.Equal(("pc", ProposedBus.Ide), (found.Proposal!.Machine, found.Proposal.Disks.Single().Bus));
    }

    [Fact]
    public async Task Case_02_a_SATA_disk_a_key_twice_and_a_key_that_is_a_prefix()
    {
        var found = await Machine(("sata0.present", "TRUE"), ("sata0:0.present", "TRUE"), ("sata0:0.deviceType", "disk"), ("sata0:0.fileName", "d.vmdk"), ("firmware", "bios"), ("checkpoint.vmState", ""), ("checkpoint.vmState.readOnly", "FALSE"), ("memsize", "512"))
            .Add("d.vmdk", Vmdk.MonolithicSparse(Sectors)).InspectAsync();

        NothingCritical(found);
        Assert.Equal((512L, SourceFirmware.Bios, null), (found.Machine!.MemoryMiB, found.Machine.Firmware, found.Machine.SuspendedState));
        var twice = Assert.Single(found.Concerns, concern => concern.Id == ConcernId.ConflictingKeys);
        Assert.Equal(ConcernCategory.Warning, twice.Category);
        Assert.Contains("'256', '512'", twice.Assessment, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scsi0:0.fileName", "other.vmdk")]
    [InlineData("ethernet0.address", "00:50:56:00:00:02")]
    [InlineData("firmware", "efi")]
    public async Task Of_two_disks_addresses_or_firmwares_none_is_guessed(string key, string value)
    {
        var found = await Machine([.. Vmdk.Disk("d.vmdk"), ("ethernet0.address", "00:50:56:00:00:01"), ("firmware", "bios"), (key, value)]).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors)).InspectAsync();

        Assert.Contains(found.Concerns, concern => concern is { Id: ConcernId.ConflictingKeys, Category: ConcernCategory.Critical });
    }

    [Fact]
    public async Task Case_03_an_NVMe_disk_is_found()
    {
        var found = await Machine(Vmdk.Disk("d.vmdk", "nvme0:0")).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors)).InspectAsync();

        NothingCritical(found);
        Assert.Equal(DiskController.Nvme, found.Machine!.Disks.Single().Controller);
        Assert.Contains(found.Concerns, concern => concern.Id == ConcernId.BusFallback);
    }

    [Fact]
    public async Task Case_04_chunks_are_one_disk()
    {
        var disk = Vmdk.StreamWithFooter(Sectors);
        var ovf = Vmdk.Ovf($"<File ovf:id=\"f1\" ovf:href=\"d.vmdk\" ovf:size=\"{disk.Length}\" ovf:chunkSize=\"50000\"/>", "<Disk ovf:diskId=\"k\" ovf:fileRef=\"f1\" ovf:capacity=\"1048576\"/>", Vmdk.DiskItem("k"));
        var chunks = disk.Chunk(50000).Select((chunk, index) => ($"d.vmdk.{index:d9}", chunk)).ToArray();
        var archive = Vmdk.Tar([("a.ovf", Encoding.UTF8.GetBytes(ovf)), .. chunks]);

        var found = await new MemorySource().Add("a.ova", archive).InspectAsync();
        var cut = await new MemorySource().Add("a.ova", Vmdk.Tar([("a.ovf", Encoding.UTF8.GetBytes(ovf)), .. chunks[..^1]])).InspectAsync();

        NothingCritical(found);
        Assert.Equal((chunks.Length, disk.LongLength), (found.Disks.Single().Top.File.Pieces.Count, found.Disks[0].Top.StreamLength!.Value));
        Assert.Contains(cut.Concerns, concern => concern.Id == ConcernId.FileTruncated);
    }

    [Fact]
    public async Task Case_06_a_manifest_in_another_spelling_is_held_against_the_files()
    {
        var ovf = Encoding.UTF8.GetBytes(OneDisk("./d.vmdk", 1048576));
        var disk = Vmdk.StreamWithFooter(Sectors);
        string Manifest(byte[] of) => $"SHA-256(a.ovf)= {Convert.ToHexStringLower(SHA256.HashData(of))}\r\nSHA-256(d.vmdk)= {Convert.ToHexStringLower(SHA256.HashData(disk))}\r\n";

        var good = await Ova(("a.ovf", ovf), ("a.mf", Encoding.UTF8.GetBytes(Manifest(ovf))), ("./d.vmdk", disk)).InspectAsync();
        var bad = await Ova(("a.ovf", ovf), ("a.mf", Encoding.UTF8.GetBytes(Manifest([1]))), ("./d.vmdk", disk)).InspectAsync();

        NothingCritical(good);
        Assert.DoesNotContain(good.Concerns, concern => concern.Id == ConcernId.ManifestAbsent);
        Assert.Equal("d.vmdk", good.Checksums[1].Name);
        Assert.Contains(bad.Concerns, concern => concern.Id == ConcernId.ChecksumMismatch);
    }

    [Fact]
    public async Task Case_07_disks_with_the_same_address_are_all_there_in_their_order()
    {
        var files = string.Concat(Enumerable.Range(1, 6).Select(index => $"<File ovf:id=\"f{index}\" ovf:href=\"d{index}.vmdk\"/>"));
        var disks = string.Concat(Enumerable.Range(1, 6).Select(index => $"<Disk ovf:diskId=\"k{index}\" ovf:fileRef=\"f{index}\" ovf:capacity=\"{index + 1}\" ovf:capacityAllocationUnits=\"byte * 2^20\"/>"));
        var items = string.Concat(Enumerable.Range(1, 6).Select(index => Vmdk.DiskItem($"k{index}")));

        var found = await Ova([("a.ovf", Encoding.UTF8.GetBytes(Vmdk.Ovf(files, disks, items))), .. Enumerable.Range(1, 6).Select(index => ($"d{index}.vmdk", Vmdk.StreamWithFooter((index + 1) * 2048)))]).InspectAsync();

        NothingCritical(found);
        Assert.Equal([2L, 3, 4, 5, 6, 7], found.Disks.Select(disk => disk.Size >> 20));
        Assert.Equal(6, found.Disks.Select(disk => disk.Slot).Distinct().Count());
        Assert.Equal(5, found.Concerns.Count(concern => concern.Id == ConcernId.SameAddress));
    }

    [Fact]
    public async Task Case_08_a_disk_knows_its_own_size()
    {
        var found = await Ova(("a.ovf", Encoding.UTF8.GetBytes(OneDisk("d.vmdk", 4711))), ("d.vmdk", Vmdk.StreamWithFooter(Sectors))).InspectAsync();

        NothingCritical(found);
        Assert.Equal(Sectors * 512, found.Disks.Single().Size);
        Assert.Contains(found.Concerns, concern => concern is { Id: ConcernId.CapacityDiffers, Category: ConcernCategory.Warning });
    }

    [Fact]
    public async Task Case_09_a_large_binary_disk_is_not_read_as_text()
    {
        var source = Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors), 8L << 30);

        var found = await source.InspectAsync();

        NothingCritical(found);
        Assert.InRange(source.BytesRead, 1, 64 << 10);

        var text = Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", "# Disk DescriptorFile\n"u8.ToArray(), 8L << 30);
        Assert.Equal(ConcernId.NotText, Critical(await text.InspectAsync()));
        Assert.InRange(text.BytesRead, 1, 64 << 10);
    }

    [Fact]
    public async Task Case_10_twelve_snapshots_with_one_content_id_are_no_circle_and_said_with_names_and_size()
    {
        const uint Cid = 0xcafe0001;
        var source = Machine(Vmdk.Disk("d-000012.vmdk")).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors, Cid));
        for (var index = 1; index <= 12; index++)
        {
            source.Add($"d-{index:d6}.vmdk", Vmdk.MonolithicSparse(Sectors, Cid, Cid, index == 1 ? "d.vmdk" : $"d-{index - 1:d6}.vmdk"));
        }

        var found = await source.InspectAsync();

        NothingCritical(found);
        Assert.Equal(13, found.Disks.Single().Layers.Count);
        var said = Assert.Single(found.Concerns, concern => concern.Id == ConcernId.SnapshotChain).Assessment;
        Assert.Contains("'d-000012.vmdk', on 12 snapshots", said, StringComparison.Ordinal);
        Assert.Contains(Amounts.Of(12L * Vmdk.MonolithicSparse(Sectors).Length), said, StringComparison.Ordinal);
        Assert.Contains("'d.vmdk'", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_11_names_with_blanks_quotes_and_Chinese_are_names()
    {
        var found = await new MemorySource().Add("节 点.vmx", Vmdk.Vmx([("displayName", "Cent OS '8' 节点"), .. Vmdk.Disk("虚拟磁盘 2.vmdk")]).Replace("displayName = \"guest\"\n", "", StringComparison.Ordinal))
            .Add("虚拟磁盘 2.vmdk", Vmdk.Descriptor("twoGbMaxExtentSparse", "RW 2048 SPARSE \"虚拟磁盘 2-s001.vmdk\"")).Add("虚拟磁盘 2-s001.vmdk", Vmdk.Hosted(Sectors)).InspectAsync();

        NothingCritical(found);
        Assert.Equal("cent-os-8", found.Proposal!.Name);
        Assert.All(QemuImgSource.Make(found.Disks.Single(), "/staging").Files.Values, text => Assert.True(text.All(char.IsAscii)));
    }

    [Fact]
    public async Task Case_14_a_file_that_the_OVF_names_and_the_archive_has_not()
    {
        var found = await Ova(("a.ovf", Encoding.UTF8.GetBytes(OneDisk("missing.vmdk", 1048576)))).InspectAsync();

        Assert.Equal(ConcernId.FileMissing, Critical(found));
        Assert.Contains("missing.vmdk", found.Concerns[0].Assessment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_15_only_what_is_a_disk_is_one()
    {
        var ovf = Vmdk.Ovf("<File ovf:id=\"f1\" ovf:href=\"d.vmdk\"/><File ovf:id=\"f2\" ovf:href=\"a.nvram\" ovf:size=\"8684\"/>", "<Disk ovf:diskId=\"k\" ovf:fileRef=\"f1\" ovf:capacity=\"1048576\"/>", Vmdk.DiskItem("k"));

        var found = await Ova(("d.vmdk", Vmdk.StreamWithFooter(Sectors)), ("a.nvram", new byte[8684]), ("a.ovf", Encoding.UTF8.GetBytes(ovf))).InspectAsync();

        NothingCritical(found);
        Assert.Single(found.Disks);
        Assert.Equal((2, 256L, GuestFamily.Debian), (found.Machine!.Vcpus, found.Machine.MemoryMiB, found.Machine.Guest.Family));
    }

    [Fact]
    public async Task Case_16_the_boot_disk_may_be_the_second()
    {
        var found = await Machine([.. Vmdk.Disk("data.vmdk"), .. Vmdk.Disk("boot.vmdk", "scsi0:1"), ("bios.bootOrder", "hdd,cdrom"), ("bios.hddOrder", "scsi0:1,scsi0:0")])
            .Add("data.vmdk", Vmdk.MonolithicSparse(Sectors)).Add("boot.vmdk", Vmdk.MonolithicSparse(Sectors)).InspectAsync();

        NothingCritical(found);
        Assert.Equal([("scsi0:0", 2), ("scsi0:1", 1)], found.Proposal!.Disks.Select(disk => (disk.Slot, disk.BootOrder)));
    }

    [Fact]
    public async Task Case_17_missing_and_cut_parts_are_noticed_with_their_sizes()
    {
        var missing = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.Descriptor("twoGbMaxExtentSparse", "RW 2048 SPARSE \"d-s001.vmdk\"")).InspectAsync();
        var onlyPart = await new MemorySource().Add("d-s001.vmdk", Vmdk.Hosted(Sectors)).InspectAsync(new InspectionRequest { File = "d-s001.vmdk" });
        var cutFlat = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.Descriptor("twoGbMaxExtentFlat", "RW 131072 FLAT \"d-f001.vmdk\" 0")).Add("d-f001.vmdk", [], 40 << 20).InspectAsync();
        var sparse = Vmdk.MonolithicSparse(Sectors);
        var cutSparse = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", sparse[..^512]).InspectAsync();
        var cutStream = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.StreamWithFooter(Sectors)[..^1024]).InspectAsync();

        Assert.Equal((ConcernId.FileMissing, ConcernId.FileMissing, ConcernId.FileTruncated, ConcernId.FileTruncated, ConcernId.FileTruncated), (Critical(missing), Critical(onlyPart), Critical(cutFlat), Critical(cutSparse), Critical(cutStream)));
        Assert.Contains($"{40 << 20} bytes, and {64 << 20} are needed", cutFlat.Concerns[0].Assessment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_18_version_3_is_read() =>
        NothingCritical(await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.Hosted(Sectors, Vmdk.Descriptor("monolithicSparse", "RW 2048 SPARSE \"d.vmdk\""), version: 3)).InspectAsync());

    [Fact]
    public async Task Case_19_no_file_of_the_host_is_ever_taken()
    {
        async Task<ConcernId> Of(byte[] disk)
        {
            var source = Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", disk);
            var found = await source.InspectAsync();
            Assert.InRange(source.BytesRead, 1, 64 << 10);
            Assert.Empty(found.Disks);
            return Critical(found);
        }

        Assert.Equal(ConcernId.PathOutside, await Of(Encoding.UTF8.GetBytes(Vmdk.Descriptor("monolithicFlat", "RW 4 FLAT \"/etc/hostname\" 0"))));
        Assert.Equal(ConcernId.PathOutside, await Of(Encoding.UTF8.GetBytes(Vmdk.Descriptor("monolithicFlat", "RW 4 FLAT \"../../etc/hostname\" 0"))));
        Assert.Equal(ConcernId.Corrupt, await Of(Vmdk.Hosted(0, Vmdk.Descriptor("monolithicFlat", "RW 4 FLAT \"/etc/hostname\" 0"))));
        Assert.Equal(ConcernId.Corrupt, await Of(Vmdk.Hosted(0, Vmdk.Descriptor("monolithicFlat", "RW 2048 SPARSE \"d.vmdk\""))));
        Assert.Equal(ConcernId.Cycle, await Of(Encoding.UTF8.GetBytes(Vmdk.Descriptor("twoGbMaxExtentSparse", "RW 2048 SPARSE \"d.vmdk\""))));
        Assert.Equal(ConcernId.RawDisk, await Of(Encoding.UTF8.GetBytes(Vmdk.Descriptor("fullDevice", "RW 8036352 FLAT \"\\\\.\\PhysicalDrive3\" 0"))));
        Assert.Equal(ConcernId.RawDisk, await Of(Encoding.UTF8.GetBytes(Vmdk.Descriptor("vmfsPassthroughRawDeviceMap", "RW 8 VMFSRDM \"d-rdmp.vmdk\""))));
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(0x200, 0, ConcernId.UnsupportedExtent)]
    [InlineData(0, 1, ConcernId.SeSparseDirty)]
    public async Task Case_21_a_disk_of_VMFS_6_is_read_when_it_is_clean(ulong reserved, ulong dirty, ConcernId? refused)
    {
        var found = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.Descriptor("seSparse", "RW 65536 SESPARSE \"d-sesparse.vmdk\"")).Add("d-sesparse.vmdk", Vmdk.SpaceEfficient(65536, reserved, dirty)).InspectAsync();

        Assert.Equal(refused, found.Concerns.FirstOrDefault(concern => concern.Category == ConcernCategory.Critical)?.Id);
        Assert.Equal(refused is null ? 1 : 0, found.Disks.Count);
    }

    [Fact]
    public async Task Case_22_a_disk_that_is_compressed_as_a_whole_is_understood_by_its_begin()
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Vmdk.MonolithicSparse(Sectors));
        }

        var ovf = Vmdk.Ovf("<File ovf:id=\"f1\" ovf:href=\"d.vmdk.gz\" ovf:compression=\"gzip\"/>", "<Disk ovf:diskId=\"k\" ovf:fileRef=\"f1\" ovf:capacity=\"1048576\"/>", Vmdk.DiskItem("k"));
        var found = await Ova(("a.ovf", Encoding.UTF8.GetBytes(ovf)), ("d.vmdk.gz", packed.ToArray())).InspectAsync();

        NothingCritical(found);
        Assert.True(found.Disks.Single().Top.File.IsCompressed);
        Assert.Equal(Sectors * 512, found.Disks[0].Size);
    }

    [Fact]
    public async Task Case_24_what_is_padded_behind_a_stream_is_not_part_of_it()
    {
        var stream = Vmdk.StreamWithFooter(Sectors);
        var padded = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.StreamWithFooter(Sectors, 1536)).InspectAsync();
        var extent = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.Descriptor("twoGbMaxExtentSparse", "RW 2048 SPARSE \"footer.vmdk\"")).Add("footer.vmdk", stream).InspectAsync();

        NothingCritical(padded);
        NothingCritical(extent);
        Assert.Equal((stream.LongLength, stream.LongLength), (padded.Disks.Single().Top.StreamLength!.Value, extent.Disks.Single().Top.StreamLength!.Value));
        Assert.Contains($"\"size\":{stream.Length}", QemuImgSource.Make(padded.Disks[0], "/staging").Image, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case_25_names_in_GBK_are_found_in_UTF_8_and_as_raw_bytes(bool isRaw)
    {
        var gbk = ForeignEncoding.Find("GBK")!;
        byte[] Name(string name) => isRaw ? gbk.GetBytes(name) : Encoding.UTF8.GetBytes(name);
        var vmx = ".encoding = \"GBK\"\r\ndisplayName = \"节点\"\r\nguestOS = \"centos7-64\"\r\nmemsize = \"256\"\r\nscsi0.present = \"TRUE\"\r\nscsi0:0.present = \"TRUE\"\r\nscsi0:0.fileName = \"虚拟磁盘.vmdk\"\r\n";
        var source = new MemorySource().AddRaw(Name("节点.vmx"), gbk.GetBytes(vmx))
            .AddRaw(Name("虚拟磁盘.vmdk"), gbk.GetBytes(Vmdk.Descriptor("monolithicFlat", "RW 8 FLAT \"虚拟磁盘-flat.vmdk\" 0").Replace("UTF-8", "GBK", StringComparison.Ordinal)))
            .AddRaw(Name("虚拟磁盘-flat.vmdk"), new byte[4096]);

        var found = await source.InspectAsync();

        NothingCritical(found);
        Assert.Equal(("节点", 4096L), (found.Machine!.Name, found.Disks.Single().Size));
    }

    [Theory]
    [InlineData("RW 2048 FLAT \"a.bin\" 0\nRW 2048 ZERO", 2 << 20)]
    [InlineData("RW 2048 FLAT \"a.bin\" 0\nRDONLY 2048 FLAT \"a.bin\" 0", 2 << 20)]
    [InlineData("rw 2048 flat \"a.bin\" 0", 1 << 20)]
    [InlineData("\n\nRW 2048 FLAT \"a.bin\" 0", 1 << 20)]
    public async Task Cases_26_and_28_a_disk_is_as_large_as_its_extents(string extents, long size)
    {
        var found = await Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.Descriptor("twoGbMaxExtentFlat", extents)).Add("a.bin", new byte[1 << 20]).InspectAsync();

        NothingCritical(found);
        Assert.Equal(size, found.Disks.Single().Size);
    }

    [Theory]
    [InlineData("b.vmdk", 0xdeadbeefu, ConcernId.ParentChanged)]
    [InlineData("gone.vmdk", 7u, ConcernId.FileMissing)]
    [InlineData("../base/b.vmdk", 7u, ConcernId.PathOutside)]
    [InlineData("nbd://127.0.0.1:1/x", 7u, ConcernId.PathOutside)]
    [InlineData("child.vmdk", 9u, ConcernId.Cycle)]
    [InlineData(@"D:\VMs\tmpl\b.vmdk", 7u, null)]
    [InlineData("b.vmdk", 7u, null)]
    public async Task Case_27_a_parent_is_the_right_one_or_none(string hint, uint parent, ConcernId? refused)
    {
        var found = await Machine(Vmdk.Disk("child.vmdk")).Add("b.vmdk", Vmdk.MonolithicSparse(Sectors, 7)).Add("child.vmdk", Vmdk.MonolithicSparse(Sectors, 9, parent, hint)).InspectAsync();

        Assert.Equal(refused, found.Concerns.FirstOrDefault(concern => concern.Category == ConcernCategory.Critical)?.Id);
        if (refused == ConcernId.ParentChanged)
        {
            Assert.Contains("deadbeef", found.Concerns[0].Assessment, StringComparison.Ordinal);
            Assert.Contains("00000007", found.Concerns[0].Assessment, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_chain_is_not_endless()
    {
        var source = Machine(Vmdk.Disk("d-32.vmdk")).Add("d-0.vmdk", Vmdk.MonolithicSparse(Sectors, 1));
        for (var index = 1; index <= 32; index++)
        {
            source.Add($"d-{index}.vmdk", Vmdk.MonolithicSparse(Sectors, 1, 1, $"d-{index - 1}.vmdk"));
        }

        Assert.Equal(ConcernId.ChainTooLong, Critical(await source.InspectAsync()));
        NothingCritical(await source.InspectAsync(new InspectionRequest { File = "d-31.vmdk" }));
    }

    [Fact]
    public async Task Snapshots_of_an_ESXi_are_read()
    {
        var found = await Machine(Vmdk.Disk("[store] vm/d-000001.vmdk"))
            .Add("d-000001.vmdk", Vmdk.Descriptor("vmfsSparse", "RW 2048 VMFSSPARSE \"d-000001-delta.vmdk\"", 2, 1, "/vmfs/volumes/x/vm/d.vmdk")).Add("d-000001-delta.vmdk", Vmdk.CopyOnWrite(2048))
            .Add("d.vmdk", Vmdk.Descriptor("vmfs", "RW 2048 VMFS \"d-flat.vmdk\"", 1)).Add("d-flat.vmdk", [], 1 << 20).InspectAsync();

        NothingCritical(found);
        Assert.Equal(["d-000001.vmdk", "d.vmdk"], found.Disks.Single().Layers.Select(layer => layer.File.Path));
        var image = QemuImgSource.Make(found.Disks[0], "/staging");
        Assert.Contains("VMFSSPARSE \"e1\"", image.Files["l0.vmdk"], StringComparison.Ordinal);
        Assert.Contains("parentCID=10000001", image.Files["l0.vmdk"], StringComparison.Ordinal);
        Assert.Contains("FLAT \"e0\" 0", image.Files["l1.vmdk"], StringComparison.Ordinal);
        Assert.DoesNotContain("vmfs/volumes", string.Concat(image.Files.Values) + image.Image, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_state_is_taken_by_its_snapshots_name()
    {
        MemorySource Source() => new MemorySource().Add("a.vmx", Vmdk.Vmx(Vmdk.Disk("d-000001.vmdk"))).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors, 1)).Add("d-000001.vmdk", Vmdk.MonolithicSparse(Sectors, 2, 1, "d.vmdk"))
            .Add("a.vmsd", "snapshot0.uid = \"1\"\nsnapshot0.displayName = \"clean\"\nsnapshot0.disk0.fileName = \"d.vmdk\"\nsnapshot0.disk0.node = \"scsi0:0\"\n");

        Assert.Equal("d.vmdk", (await Source().InspectAsync(new InspectionRequest { Snapshot = "clean" })).Disks.Single().Top.File.Path);
        Assert.Equal("d-000001.vmdk", (await Source().InspectAsync()).Disks.Single().Top.File.Path);
        var wrong = await Source().InspectAsync(new InspectionRequest { Snapshot = "other" });
        Assert.Equal(ConcernId.FileMissing, Critical(wrong));
        Assert.Contains("'clean'", wrong.Concerns[0].Assessment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Which_machine_is_meant_is_not_guessed()
    {
        var two = await new MemorySource().Add("a.vmx", Vmdk.Vmx()).Add("b.vmx", Vmdk.Vmx()).Add("._a.vmx", "x").InspectAsync();
        var none = await new MemorySource().Add("readme.txt", "x").InspectAsync();

        Assert.Equal((ConcernId.Ambiguous, ConcernId.FileMissing), (Critical(two), Critical(none)));
        Assert.Contains("'a.vmx', 'b.vmx'", two.Concerns[0].Assessment, StringComparison.Ordinal);
        Assert.Equal(ConcernId.NoDisks, Critical(await new MemorySource().Add("a.vmx", Vmdk.Vmx()).InspectAsync()));
    }

    [Fact]
    public async Task An_encrypted_machine_has_a_name_and_nothing_is_guessed()
    {
        var found = await new MemorySource().Add("a.vmx", ".encoding = \"UTF-8\"\ndisplayName = \"secret\"\nencryption.keySafe = \"x\"\nencryption.data = \"y\"\n").InspectAsync();

        Assert.Equal(ConcernId.Encrypted, Assert.Single(found.Concerns).Id);
        Assert.Null(found.Proposal);
        Assert.Equal("secret", found.Machine!.Name);
    }

    [Fact]
    public async Task A_partly_encrypted_machine_has_a_TPM_and_clear_disks()
    {
        var found = await Machine([("encryption.keySafe", "x"), ("encryption.data", "y"), ("vtpm.present", "TRUE"), .. Vmdk.Disk("d.vmdk")]).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors)).InspectAsync();

        Assert.Equal(ConcernId.Vtpm, Critical(found));
        Assert.Single(found.Disks);
        Assert.Empty(ConcernCatalogue.Blocking(found.Concerns, ["Vtpm"]));
    }

    [Theory]
    [InlineData("guestOS", "arm-ubuntu-64", ConcernId.WrongArchitecture)]
    [InlineData("checkpoint.vmState", "a.vmss", ConcernId.Suspended)]
    [InlineData("scsi0:0.redo", "d.vmdk.REDO_x", ConcernId.RedoPresent)]
    [InlineData("scsi0.sharedBus", "virtual", ConcernId.SharedBus)]
    [InlineData("scsi0:0.deviceType", "rawDisk", ConcernId.RawDisk)]
    public async Task What_stops_an_import_is_said(string key, string value, ConcernId id)
    {
        var vmx = Vmdk.Vmx([.. Vmdk.Disk("d.vmdk"), (key, value)]);
        vmx = key == "guestOS" ? vmx.Replace("guestOS = \"centos7-64\"\n", "", StringComparison.Ordinal) : vmx;
        var found = await new MemorySource().Add("a.vmx", vmx).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors)).InspectAsync();

        Assert.Equal(id, Critical(found));
    }

    [Theory]
    [InlineData("vmware-vmx.exe", 1, false, ConcernId.SourceInUse)]
    [InlineData("vmware-vmx", 3600, true, ConcernId.SourceInUse)]
    [InlineData("vmware-vmx.exe", 3600, false, ConcernId.StaleLock)]
    [InlineData("vmware.exe", 1, false, ConcernId.StaleLock)]
    [InlineData(null, 1, false, ConcernId.SourceInUse)]
    [InlineData(null, 3600, false, ConcernId.StaleLock)]
    public async Task Locks_are_graded(string? holder, int minutes, bool hasMemory, ConcernId id)
    {
        var source = Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors));
        var content = new byte[512];
        Encoding.ASCII.GetBytes(holder is null ? "" : $"uuid=03-08 12036-133406902466291898({holder}) 1 X 133406902466291898 lc=2328825538").CopyTo(content, 0);
        source.Add(holder is null ? ".lck-6a00000000000000" : "d.vmdk.lck/M24865.lck", content, modified: MemorySource.Now.AddMinutes(-minutes));
        if (hasMemory)
        {
            source.Add("564d5dfb.vmem", new byte[1]);
        }

        var found = await source.InspectAsync();

        Assert.Equal(id, Critical(found));
        Assert.Equal(id == ConcernId.StaleLock ? 0 : 1, ConcernCatalogue.Blocking(found.Concerns, ["StaleLock", "SourceInUse"]).Count);
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_is_said()
    {
        var source = Machine(Vmdk.Disk("d.vmdk")).Add("d.vmdk", Vmdk.MonolithicSparse(Sectors));

        var found = await Inspector.InspectAsync(source.Folder, new Refusing(source, "d.vmdk"), new InspectionRequest(), TestContext.Current.CancellationToken);

        Assert.Equal(ConcernId.Unreadable, Critical(found));
    }

    private static MemorySource Machine(params (string Key, string Value)[] more) => new MemorySource().Add("a.vmx", Vmdk.Vmx(more));

    private static MemorySource Ova(params (string Name, byte[] Content)[] members) => new MemorySource().Add("a.ova", Vmdk.Tar(members));

    private static string OneDisk(string href, long capacity) => Vmdk.Ovf($"<File ovf:id=\"f1\" ovf:href=\"{href}\"/>", $"<Disk ovf:diskId=\"k\" ovf:fileRef=\"f1\" ovf:capacity=\"{capacity}\"/>", Vmdk.DiskItem("k"));

    private static ConcernId Critical(Inspection found) => found.Concerns.First(concern => concern.Category == ConcernCategory.Critical).Id;

    private static void NothingCritical(Inspection found) => Assert.DoesNotContain(found.Concerns, concern => concern.Category == ConcernCategory.Critical);

    private sealed class Refusing(MemorySource source, string path) : ISourceReader
    {
        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceFile file, long offset, int count, CancellationToken cancellationToken) =>
            file.Path == path ? throw new UnauthorizedAccessException("Permission denied") : source.ReadAsync(file, offset, count, cancellationToken);
    }
}
