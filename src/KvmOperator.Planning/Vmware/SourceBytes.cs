using System.IO.Compression;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>The content of the source's files, and how much of it has been read: an inspection reads a bounded number of bytes, whatever the files say.</summary>
/// <param name="reader">Reads the files.</param>
public sealed class SourceBytes(ISourceReader reader)
{
    private const int CompressedHead = 256 << 10;
    private const int InflatedHead = 1 << 20;

    /// <summary>How many bytes have been read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>A file's content. Of one that is compressed only the begin can be read.</summary>
    public async ValueTask<IByteSource> OfAsync(SourceFile file, CancellationToken cancellationToken)
    {
        var content = new Content(this, file);
        return file.IsCompressed ? new Inflated(Inflate(await content.ReadAsync(0, CompressedHead, cancellationToken))) : content;
    }

    /// <summary>A whole file, that must not be larger than a number of bytes.</summary>
    /// <exception cref="VmwareFormatException">It is larger, or the inspection has read as much as it may.</exception>
    public async Task<ReadOnlyMemory<byte>> WholeAsync(SourceFile file, int most, CancellationToken cancellationToken)
    {
        if (file.Size > most)
        {
            throw new VmwareFormatException(ConcernId.NotText, $"it has {file.Size} bytes, and such a file has at most {most}");
        }

        return await new Content(this, file).ReadAsync(0, (int)file.Size, cancellationToken);
    }

    private static ReadOnlyMemory<byte> Inflate(ReadOnlyMemory<byte> head)
    {
        var result = new byte[InflatedHead];
        var filled = 0;
        try
        {
            using var packed = new MemoryStream(head.ToArray(), writable: false);
            using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
            for (int count; filled < result.Length && (count = unpacked.Read(result, filled, result.Length - filled)) > 0; filled += count)
            {
            }
        }
        catch (InvalidDataException exception)
        {
            // The head is cut somewhere, which may be said so; what came before is right.
            if (filled == 0)
            {
                throw new VmwareFormatException("it should be compressed with gzip, and is not", exception);
            }
        }

        return result.AsMemory(0, filled);
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceFile file, long offset, int count, CancellationToken cancellationToken)
    {
        if (BytesRead + count > FormatLimits.InspectionBytes)
        {
            throw new VmwareFormatException(ConcernId.Corrupt, $"more than {FormatLimits.InspectionBytes >> 20} MiB would have to be read to understand it");
        }

        var bytes = await reader.ReadAsync(file, offset, count, cancellationToken);
        BytesRead += bytes.Length;
        return bytes;
    }

    private sealed class Content(SourceBytes source, SourceFile file) : IByteSource
    {
        public long Length => file.Size;

        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
        {
            count = (int)Math.Clamp(Length - offset, 0, count);
            if (count == 0)
            {
                return ReadOnlyMemory<byte>.Empty;
            }

            if (file.Pieces.Count == 0)
            {
                return await source.ReadAsync(file, offset, count, cancellationToken);
            }

            var result = new List<byte>();
            long start = 0;
            foreach (var piece in file.Pieces)
            {
                var from = Math.Max(0, offset + result.Count - start);
                if (from < piece.Length && result.Count < count)
                {
                    var part = await source.ReadAsync(piece.Container, piece.Offset + from, (int)Math.Min(count - result.Count, piece.Length - from), cancellationToken);
                    result.AddRange(part.Span);
                }

                start += piece.Length;
            }

            return result.ToArray();
        }
    }

    private sealed class Inflated(ReadOnlyMemory<byte> head) : IByteSource
    {
        // How long it really is only unpacking says.
        public long Length => long.MaxValue / 2;

        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken) => new MemoryBytes(head).ReadAsync(offset, count, cancellationToken);
    }
}
