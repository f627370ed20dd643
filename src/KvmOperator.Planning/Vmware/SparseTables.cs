using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Says how long a sparse file has to be, by what its tables point to.</summary>
public static class SparseTables
{
    /// <summary>How much of the tables is read of one file at most, and of all together a half of what an inspection may read. What is behind is not checked.</summary>
    private const int MostBytes = 4 << 20;

    private const int Sector = 512;
    private const int PieceBytes = 256 << 10;

    /// <summary>How many bytes the file needs at least, null when it is not known.</summary>
    /// <param name="header">The file's header.</param>
    /// <param name="content">The file.</param>
    /// <param name="budget">What was read already.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<long?> NeededBytesAsync(SparseHeader header, IByteSource content, SourceBytes budget, CancellationToken cancellationToken)
    {
        if (header.Kind == SparseKind.SpaceEfficient || header.DirectorySector >= 1UL << 50)
        {
            return header.Kind == SparseKind.SpaceEfficient && header.DirectorySector < 1UL << 50 ? ((long)header.DirectorySector + 1) * Sector : null;
        }

        var tables = ((Int128)header.Sectors + (header.GrainSectors * header.TableEntries) - 1) / ((Int128)header.GrainSectors * header.TableEntries);
        var directory = (long)header.DirectorySector * Sector;
        var directoryBytes = (long)tables * 4;
        var needed = Math.Max(directory + directoryBytes, header.OverheadSectors * Sector);
        if (needed > content.Length || directoryBytes > MostBytes)
        {
            return needed;
        }

        var starts = (await PiecesAsync(content, directory, directoryBytes, cancellationToken)).Where(sector => sector > 0).Distinct().Order().ToList();
        var tableBytes = header.TableEntries * 4;
        long read = directoryBytes;

        // 1 is a grain of zeros where the header says so. The last grain of a disk may be written only as far as the disk goes.
        var lastZero = header.HasZeroGrains ? 1u : 0u;
        var grainBytes = (header.Sectors % header.GrainSectors is > 0 and var used ? used : header.GrainSectors) * Sector;
        for (var index = 0; index < starts.Count;)
        {
            // Tables lie behind each other: they are read together.
            var last = index;
            while (last + 1 < starts.Count && ((long)(starts[last + 1] - starts[index]) * Sector) + tableBytes <= PieceBytes)
            {
                last++;
            }

            var offset = (long)starts[index] * Sector;
            var length = ((long)(starts[last] - starts[index]) * Sector) + tableBytes;
            needed = Math.Max(needed, offset + length);
            read += length;
            if (needed > content.Length || read > MostBytes || budget.BytesRead + length > FormatLimits.InspectionBytes / 2)
            {
                return needed;
            }

            var numbers = await PiecesAsync(content, offset, length, cancellationToken);
            for (var table = index; table <= last; table++)
            {
                // Only the tables themselves: between them lie grains of an ESXi's file.
                var entries = numbers.AsSpan((int)((starts[table] - starts[index]) * (Sector / 4)), header.TableEntries);
                foreach (var grain in entries)
                {
                    if (grain > lastZero)
                    {
                        needed = Math.Max(needed, ((long)grain * Sector) + grainBytes);
                    }
                }
            }

            index = last + 1;
        }

        return needed;
    }

    private static async Task<uint[]> PiecesAsync(IByteSource content, long offset, long length, CancellationToken cancellationToken)
    {
        var numbers = new uint[length / 4];
        for (long done = 0; done < length;)
        {
            var piece = await content.ReadAsync(offset + done, (int)Math.Min(PieceBytes, length - done), cancellationToken);
            if (piece.Length < 4)
            {
                break;
            }

            var whole = piece.Length / 4;
            var target = numbers.AsSpan((int)(done / 4), whole);
            MemoryMarshal.Cast<byte, uint>(piece.Span[..(whole * 4)]).CopyTo(target);
            if (!BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.ReverseEndianness(target, target);
            }

            done += whole * 4;
        }

        return numbers;
    }
}
