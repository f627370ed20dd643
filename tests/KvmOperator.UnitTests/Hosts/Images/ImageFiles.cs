using System.Buffers.Binary;
using System.Text;

namespace KvmOperator.UnitTests.Hosts.Images;

/// <summary>The beginnings of disk images, as docs/interop/qcow2.txt of QEMU and the formats of others lay them out: enough for whoever reads headers only.</summary>
internal static class ImageFiles
{
    private const int NameOffset = 512;
    private const int ClusterBytes = 65536;

    /// <summary>A qcow2 image of version 3.</summary>
    /// <param name="backing">The file that it is linked to; null for none.</param>
    /// <param name="backingFormat">Its format; null when the image does not say it.</param>
    /// <param name="features">The incompatible features: 4 is a data file of its own.</param>
    /// <param name="encryption">The method of encryption; 0 for none.</param>
    /// <param name="version">The version.</param>
    public static byte[] Qcow2(string? backing = null, string? backingFormat = "raw", ulong features = 0, uint encryption = 0, uint version = 3)
    {
        var image = new byte[ClusterBytes];
        "QFI\xfb"u8[..3].CopyTo(image);
        image[3] = 0xfb;
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(4), version);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(20), 16);
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(24), 1 << 20);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(32), encryption);
        var extension = 72;
        if (version > 2)
        {
            BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(72), features);
            BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(100), 104);
            extension = 104;
        }

        if (backing is not null)
        {
            var name = Encoding.UTF8.GetBytes(backing);
            BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(8), NameOffset);
            BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(16), (uint)name.Length);
            name.CopyTo(image.AsSpan(NameOffset));
            if (backingFormat is not null)
            {
                // Behind another extension, as QEMU writes them.
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(extension), 0x6803f857);
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(extension + 4), 48);
                extension += 56;
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(extension), 0xe2792aca);
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(extension + 4), (uint)backingFormat.Length);
                Encoding.ASCII.GetBytes(backingFormat).CopyTo(image.AsSpan(extension + 8));
            }
        }

        return image;
    }

    /// <summary>Two MiB of a raw disk, which begins with the given bytes.</summary>
    public static byte[] Raw(params ReadOnlySpan<byte> beginning)
    {
        var disk = new byte[2 << 20];
        beginning.CopyTo(disk);
        return disk;
    }

    /// <summary>A VMware disk in one file.</summary>
    /// <param name="capacity">Its size in sectors; 0 lets the descriptor in it name other files.</param>
    /// <param name="descriptor">Its descriptor.</param>
    public static byte[] Vmdk(long capacity = 2048, string descriptor = "")
    {
        var disk = Raw("KDMV"u8);
        BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan(12), capacity);
        Encoding.ASCII.GetBytes(descriptor).CopyTo(disk.AsSpan(512));
        return disk;
    }
}
