using System.Buffers.Binary;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>The header of a sparse extent. The layouts are in QEMU's block/vmdk.c and VMware's "Virtual Disk Format 5.0".</summary>
public sealed record SparseHeader
{
    /// <summary>How many bytes are needed to read every kind of header.</summary>
    public const int Bytes = 1024;

    /// <summary>Where grain directories begin that are only known at the end of the file.</summary>
    public const ulong AtEnd = ulong.MaxValue;

    private const int Sector = 512;
    private const ulong SpaceEfficientMagic = 0xcafebabe;
    private const ulong VolatileMagic = 0xcafecafe;

    /// <summary>The form.</summary>
    public required SparseKind Kind { get; init; }

    /// <summary>The size in sectors of 512 bytes. It counts, and not what a descriptor says.</summary>
    public required long Sectors { get; init; }

    /// <summary>The sectors of a grain.</summary>
    public required long GrainSectors { get; init; }

    /// <summary>How many entries a grain table has.</summary>
    public required int TableEntries { get; init; }

    /// <summary>The sector of the grain directory; <see cref="AtEnd"/> when a footer says it.</summary>
    public required ulong DirectorySector { get; init; }

    /// <summary>The sector of the embedded descriptor, 0 for none.</summary>
    public long DescriptorSector { get; init; }

    /// <summary>Its sectors.</summary>
    public long DescriptorSectors { get; init; }

    /// <summary>Sectors before the first grain.</summary>
    public long OverheadSectors { get; init; }

    /// <summary>Whether the grains are compressed: then the file is a stream (streamOptimized).</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Whether 1 in a table means a grain of zeros.</summary>
    public bool HasZeroGrains { get; init; }

    /// <summary>Whether a journal has to be replayed first, which only VMware can.</summary>
    public bool HasDirtyJournal { get; init; }

    /// <summary>Whether reserved fields are set, of which nobody outside VMware knows the meaning.</summary>
    public bool HasUnknownFields { get; init; }

    /// <summary>The size in bytes.</summary>
    public long Size => Sectors * Sector;

    /// <summary>Whether bytes begin as a sparse extent does.</summary>
    public static bool IsSparse(ReadOnlySpan<byte> head) => head.StartsWith("KDMV"u8) || head.StartsWith("COWD"u8) || (head.Length >= 8 && Word(head, 0) == SpaceEfficientMagic);

    /// <summary>Reads a header, null when the bytes do not begin as one.</summary>
    /// <param name="head">The file's first <see cref="Bytes"/>.</param>
    /// <exception cref="VmwareFormatException">It begins as one and is not.</exception>
    public static SparseHeader? Read(ReadOnlySpan<byte> head) =>
        !IsSparse(head) ? null
        : head.Length < Sector ? throw new VmwareFormatException(ConcernId.FileTruncated, "it ends within its header")
        : head[0] switch
        {
            (byte)'K' => Hosted(head),
            (byte)'C' => CopyOnWrite(head),
            _ => SpaceEfficient(head),
        };

    private static SparseHeader Hosted(ReadOnlySpan<byte> head)
    {
        var version = Half(head, 4);
        var flags = Half(head, 8);
        var (capacity, grain, tableEntries) = (Wide(head, 12), Wide(head, 20), Half(head, 44));
        Check(version is >= 1 and <= 3, $"its header has version {version}");
        Check(tableEntries is > 0 and <= 512, $"its tables have {tableEntries} entries");
        CheckGrain(grain, 0x200000);
        CheckCapacity(capacity);
        var directoryEntries = (capacity + (grain * tableEntries) - 1) / (grain * tableEntries);
        Check(directoryEntries <= 32 << 20, "its directory is larger than a disk needs");
        var (descriptor, descriptorSectors, overhead) = (Wide(head, 28), Wide(head, 36), Wide(head, 64));
        Check(descriptor < 1UL << 32 && descriptorSectors < 1UL << 32 && overhead < 1UL << 48, "its header has impossible offsets");
        return new SparseHeader
        {
            Kind = SparseKind.Hosted,
            Sectors = (long)capacity,
            GrainSectors = (long)grain,
            TableEntries = (int)tableEntries,
            DirectorySector = Wide(head, 56),
            DescriptorSector = (long)descriptor,
            DescriptorSectors = (long)descriptorSectors,
            OverheadSectors = (long)overhead,
            IsCompressed = (flags & (1u << 16)) != 0 || BinaryPrimitives.ReadUInt16LittleEndian(head[77..]) != 0,
            HasZeroGrains = (flags & 4) != 0,
        };
    }

    private static SparseHeader CopyOnWrite(ReadOnlySpan<byte> head)
    {
        var (capacity, grain) = ((ulong)Half(head, 12), (ulong)Half(head, 16));
        CheckGrain(grain, 0x200000);
        CheckCapacity(capacity);
        return new SparseHeader
        {
            Kind = SparseKind.CopyOnWrite,
            Sectors = (long)capacity,
            GrainSectors = (long)grain,
            TableEntries = 4096,
            DirectorySector = Half(head, 20),
        };
    }

    private static SparseHeader SpaceEfficient(ReadOnlySpan<byte> head)
    {
        var version = Word(head, 1);
        var (capacity, grain, table) = (Word(head, 2), Word(head, 3), Word(head, 4));
        Check(version == 0x200000001, $"its header has version {version:x}");
        Check(grain == 8 && table == 64, "its grains or tables have a size that is not known");
        CheckCapacity(capacity);
        var hasUnknown = Word(head, 5) != 0 || Word(head, 6) != 0 || Word(head, 7) != 0 || Word(head, 8) != 0 || Word(head, 9) != 0;
        if (head.Length < Bytes)
        {
            throw new VmwareFormatException(ConcernId.FileTruncated, "it ends within its header");
        }

        Check(Word(head, 64) == VolatileMagic, "its second header is damaged");
        return new SparseHeader
        {
            Kind = SparseKind.SpaceEfficient,
            Sectors = (long)capacity,
            GrainSectors = (long)grain,
            TableEntries = 4096,
            DirectorySector = Word(head, 16),
            HasUnknownFields = hasUnknown,
            HasDirtyJournal = Word(head, 67) != 0,
        };
    }

    private static void CheckGrain(ulong grain, ulong most) => Check(grain > 0 && grain <= most && ulong.PopCount(grain) == 1, $"its grains have {grain} sectors");

    // qemu-img opens the descriptor that lies within a file whose header says 0, and whatever file it names.
    private static void CheckCapacity(ulong capacity) => Check(capacity is > 0 and < 1UL << 54, $"its header has a capacity of {capacity} sectors");

    private static void Check(bool isFine, string message)
    {
        if (!isFine)
        {
            throw new VmwareFormatException(ConcernId.Corrupt, message);
        }
    }

    private static uint Half(ReadOnlySpan<byte> head, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(head[offset..]);

    private static ulong Wide(ReadOnlySpan<byte> head, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(head[offset..]);

    private static ulong Word(ReadOnlySpan<byte> head, int index) => BinaryPrimitives.ReadUInt64LittleEndian(head[(index * 8)..]);
}
