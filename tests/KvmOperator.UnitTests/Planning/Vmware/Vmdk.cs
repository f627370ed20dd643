using System.Buffers.Binary;
using System.Text;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>Writes the formats that the tests read.</summary>
internal static class Vmdk
{
    public const int Sector = 512;

    public static string Vmx(params (string Key, string Value)[] more) => string.Concat(
        new[] { (".encoding", "UTF-8"), ("displayName", "guest"), ("guestOS", "centos7-64"), ("memsize", "256"), ("numvcpus", "1") }.Concat(more).Select(pair => $"{pair.Item1} = \"{pair.Item2}\"\n"));

    public static (string Key, string Value)[] Disk(string file, string slot = "scsi0:0") =>
        [(slot.Split(':')[0] + ".present", "TRUE"), (slot + ".present", "TRUE"), (slot + ".fileName", file)];

    public static string Descriptor(string createType, string extents, uint cid = 0xfffffffe, uint parent = uint.MaxValue, string? parentFile = null) =>
        $"# Disk DescriptorFile\nversion=1\nencoding=\"UTF-8\"\nCID={cid:x8}\nparentCID={parent:x8}\ncreateType=\"{createType}\"\n{(parentFile is null ? "" : $"parentFileNameHint=\"{parentFile}\"\n")}\n# Extent description\n{extents}\n\n# The Disk Data Base\n#DDB\n\nddb.adapterType = \"lsilogic\"\n";

    /// <summary>A sparse file of a hosted product, with one table and a grain for each number.</summary>
    public static byte[] Hosted(long sectors, string? descriptor = null, int grains = 1, uint version = 1, uint flags = 3, ulong? directory = null, ushort compression = 0)
    {
        const int Overhead = 128;
        var file = new byte[(Overhead + (grains * 128)) * Sector];
        Encoding.ASCII.GetBytes("KDMV").CopyTo(file, 0);
        Put(file, 4, version);
        Put(file, 8, flags);
        Put(file, 12, (ulong)sectors);
        Put(file, 20, 128UL);
        Put(file, 28, descriptor is null ? 0UL : 1UL);
        Put(file, 36, descriptor is null ? 0UL : 20UL);
        Put(file, 44, 512u);
        Put(file, 56, directory ?? 26UL);
        Put(file, 64, (ulong)Overhead);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(77), compression);
        if (descriptor is not null)
        {
            Encoding.UTF8.GetBytes(descriptor).CopyTo(file, Sector);
        }

        Put(file, 26 * Sector, 27u);
        for (var grain = 0; grain < grains; grain++)
        {
            Put(file, (27 * Sector) + (grain * 4), (uint)(Overhead + (grain * 128)));
        }

        return file;
    }

    public static byte[] MonolithicSparse(long sectors, uint cid = 0xfffffffe, uint parent = uint.MaxValue, string? parentFile = null) =>
        Hosted(sectors, Descriptor("monolithicSparse", $"RW {sectors} SPARSE \"x.vmdk\"", cid, parent, parentFile));

    /// <summary>A stream as ovftool writes it: with a footer, and its end.</summary>
    public static byte[] StreamWithFooter(long sectors, int padding = 0)
    {
        var head = Hosted(sectors, Descriptor("streamOptimized", $"RW {sectors} SPARSE \"x.vmdk\""), flags: 3 | (1 << 16), directory: ulong.MaxValue, compression: 1);
        var marker = new byte[Sector];
        Put(marker, 0, 1UL);
        Put(marker, 12, 3u);
        return [.. head, .. marker, .. head.AsSpan(0, Sector), .. new byte[Sector], .. new byte[padding]];
    }

    public static byte[] CopyOnWrite(uint sectors)
    {
        var file = new byte[64 * Sector];
        Encoding.ASCII.GetBytes("COWD").CopyTo(file, 0);
        Put(file, 4, 1u);
        Put(file, 8, 3u);
        Put(file, 12, sectors);
        Put(file, 16, 1u);
        Put(file, 20, 4u);
        Put(file, 24, 1u);
        Put(file, 4 * Sector, 8u);
        return file;
    }

    public static byte[] SpaceEfficient(ulong sectors, ulong reserved = 0, ulong dirty = 0)
    {
        var file = new byte[256 * Sector];
        ulong[] words = [0xcafebabe, 0x200000001, sectors, 8, 64, 0, reserved, 0, 0, 0, 1, 1, 2, 1, 3, 8, 64, 8];
        for (var index = 0; index < words.Length; index++)
        {
            Put(file, index * 8, words[index]);
        }

        Put(file, Sector, 0xcafecafeUL);
        Put(file, Sector + 24, dirty);
        return file;
    }

    public static byte[] Tar(params (string Name, byte[] Content)[] members) => [.. members.SelectMany(member => Member(member.Name, member.Content)), .. new byte[1024]];

    public static byte[] Member(string name, byte[] content, char type = '0')
    {
        var head = new byte[Sector];
        Encoding.UTF8.GetBytes(name).CopyTo(head, 0);
        Encoding.ASCII.GetBytes(Convert.ToString(content.LongLength, 8).PadLeft(11, '0')).CopyTo(head, 124);
        head[156] = (byte)type;
        Encoding.ASCII.GetBytes("ustar\00000").CopyTo(head, 257);
        head.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(head.Sum(one => one), 8).PadLeft(6, '0') + "\0 ").CopyTo(head, 148);
        return [.. head, .. content, .. new byte[(Sector - (content.Length % Sector)) % Sector]];
    }

    public static string Ovf(string files, string disks, string items) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
        <References>{files}</References><DiskSection><Info/>{disks}</DiskSection>
        <VirtualSystem ovf:id="vm"><Info/><Name>ova vm</Name><OperatingSystemSection ovf:id="1" vmw:osType="ubuntu64Guest"><Info/></OperatingSystemSection><VirtualHardwareSection><Info/>
        <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
        <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>256</rasd:VirtualQuantity></Item>
        <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>lsilogic</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>
        {items}</VirtualHardwareSection></VirtualSystem></Envelope>
        """;

    public static string DiskItem(string disk, int address = 0) =>
        $"<Item><rasd:AddressOnParent>{address}</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/{disk}</rasd:HostResource><rasd:InstanceID>1{disk}</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>";

    private static void Put(byte[] file, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(offset), value);

    private static void Put(byte[] file, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(offset), value);
}
