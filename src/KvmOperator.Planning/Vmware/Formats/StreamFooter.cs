using System.Buffers.Binary;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>The end of a stream (streamOptimized) whose header says that its directory is known only there.</summary>
public static class StreamFooter
{
    /// <summary>How many bytes of a file's end are needed.</summary>
    public const int Bytes = 64 << 10;

    private const int Sector = 512;
    private const uint FooterMarker = 3;

    /// <summary>
    /// How long the stream is. Tools pad files behind it, and qemu-img looks for the footer at the file's very end: it has to be given this length.
    /// </summary>
    /// <param name="tail">The file's last <see cref="Bytes"/>, or all of it.</param>
    /// <param name="length">The file's length.</param>
    /// <exception cref="VmwareFormatException">There is no footer: the file is cut.</exception>
    public static long FindEnd(ReadOnlySpan<byte> tail, long length)
    {
        // Sectors are counted from the file's begin; the last one may be incomplete.
        var first = length - tail.Length;
        for (var sector = ((length / Sector) - 3) * Sector; sector >= first && sector >= 0; sector -= Sector)
        {
            var at = tail[(int)(sector - first)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(at[8..]) == 0 && BinaryPrimitives.ReadUInt32LittleEndian(at[12..]) == FooterMarker && at[Sector..].StartsWith("KDMV"u8))
            {
                return sector + (3 * Sector);
            }
        }

        throw new VmwareFormatException(ConcernId.FileTruncated, "its end is missing: a stream of this kind has a footer, and there is none");
    }
}
