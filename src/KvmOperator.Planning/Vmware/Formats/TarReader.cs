using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>
/// Lists an archive without unpacking it: an OVA's disks are read in place, at the offsets that this says. Long names of GNU and of pax, sizes over 8 GiB, and names with a prefix are read; sparse members are refused, since
/// their content does not lie there as one piece.
/// </summary>
public static class TarReader
{
    private const int Block = 512;

    /// <summary>All members in their order.</summary>
    /// <exception cref="VmwareFormatException">It is no archive, cut, or has a member that cannot be read in place.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<IReadOnlyList<TarMember>> ReadAsync(IByteSource archive, CancellationToken cancellationToken)
    {
        var members = new List<TarMember>();
        var extended = new Extended(null, null);
        var headers = 0;
        for (long position = 0; position < archive.Length;)
        {
            var head = await archive.ReadAsync(position, Block, cancellationToken);
            if (head.Length < Block)
            {
                // Some tools cut the last block of zeros.
                return members.Count > 0 && !head.Span.ContainsAnyExcept((byte)0) ? members : throw Truncated();
            }

            if (!head.Span.ContainsAnyExcept((byte)0))
            {
                break;
            }

            if (++headers > FormatLimits.Members * 4)
            {
                throw new VmwareFormatException(ConcernId.Corrupt, $"the archive has more than {FormatLimits.Members} members");
            }

            CheckSum(head.Span, position);
            var type = (char)head.Span[156];
            var size = extended.Size is { } known && type is not ('x' or 'g' or 'L' or 'K') ? known : Number(head.Span.Slice(124, 12));
            var content = position + Block;
            if (size < 0 || size > archive.Length - content)
            {
                throw Truncated();
            }

            switch (type)
            {
                case 'L':
                    extended = extended with { Name = Text(await HeaderAsync(archive, content, size, cancellationToken)) };
                    break;
                case 'K' or 'g':
                    break;
                case 'x':
                    extended = Pax(await HeaderAsync(archive, content, size, cancellationToken), extended);
                    break;
                case 'S':
                    throw Sparse();
                default:
                    members.Add(new TarMember(Relative(extended.Name ?? Name(head.Span)), content, size, type is '0' or '\0' or '7'));
                    extended = new Extended(null, null);
                    if (members.Count > FormatLimits.Members)
                    {
                        throw new VmwareFormatException(ConcernId.Corrupt, $"the archive has more than {FormatLimits.Members} members");
                    }

                    break;
            }

            position = content + ((size + Block - 1) / Block * Block);
        }

        return members;
    }

    private static async Task<ReadOnlyMemory<byte>> HeaderAsync(IByteSource archive, long offset, long size, CancellationToken cancellationToken) =>
        size > FormatLimits.MemberHeaderBytes
            ? throw new VmwareFormatException(ConcernId.Corrupt, "the archive has a member with a name larger than 1 MiB")
            : await archive.ReadAsync(offset, (int)size, cancellationToken);

    /// <summary>Lines <c>LENGTH key=value</c>, of which the length counts itself.</summary>
    private static Extended Pax(ReadOnlyMemory<byte> header, Extended extended)
    {
        for (var rest = header.Span; !rest.IsEmpty;)
        {
            var blank = rest.IndexOf((byte)' ');
            if (blank <= 0 || !int.TryParse(Encoding.ASCII.GetString(rest[..blank]), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length <= blank + 1 || length > rest.Length)
            {
                throw new VmwareFormatException(ConcernId.Corrupt, "the archive has an extended header that cannot be read");
            }

            var record = rest[(blank + 1)..length];
            rest = rest[length..];
            record = record.EndsWith((byte)'\n') ? record[..^1] : record;
            var separator = record.IndexOf((byte)'=');
            if (separator <= 0)
            {
                continue;
            }

            var value = record[(separator + 1)..];
            var key = Encoding.ASCII.GetString(record[..separator]);
            if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
            {
                throw Sparse();
            }

            extended = key switch
            {
                "path" => extended with { Name = Encoding.UTF8.GetString(value) },
                "size" => extended with
                {
                    Size = long.TryParse(Encoding.ASCII.GetString(value), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                        ? size
                        : throw new VmwareFormatException(ConcernId.Corrupt, "the archive has a member whose size cannot be read"),
                },
                _ => extended,
            };
        }

        return extended;
    }

    private static void CheckSum(ReadOnlySpan<byte> head, long position)
    {
        // The sum is over the header with blanks in the sum's own place. Old tools added the bytes as signed ones.
        long plain = 0, signed = 0;
        for (var index = 0; index < Block; index++)
        {
            var one = index is >= 148 and < 156 ? (byte)' ' : head[index];
            plain += one;
            signed += (sbyte)one;
        }

        var sum = Number(head.Slice(148, 8));
        if (sum != plain && sum != signed)
        {
            throw head.StartsWith<byte>([0x1f, 0x8b]) && position == 0
                ? new VmwareFormatException(ConcernId.NotArchive, "it is compressed as a whole (gzip)")
                : new VmwareFormatException(position == 0 ? ConcernId.NotArchive : ConcernId.Corrupt, position == 0 ? "it is no tar archive" : $"the archive is damaged at byte {position}");
        }
    }

    /// <summary>Octal digits, or a number of 95 bits behind a byte 0x80.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            return field.Length >= 12 && field[0] == 0x80 && !field[1..4].ContainsAnyExcept((byte)0) ? BinaryPrimitives.ReadInt64BigEndian(field[4..]) : -1;
        }

        long number = 0;
        var hasDigits = false;
        foreach (var one in field)
        {
            if (one is >= (byte)'0' and <= (byte)'7')
            {
                (number, hasDigits) = ((number << 3) | (uint)(one - '0'), true);
            }
            else if (one is not ((byte)' ' or 0))
            {
                return -1;
            }
            else if (hasDigits)
            {
                break;
            }
        }

        return number;
    }

    private static string Name(ReadOnlySpan<byte> head)
    {
        var name = Text(head[..100].ToArray());
        var isUstar = head.Slice(257, 6).SequenceEqual("ustar\0"u8);
        var prefix = isUstar ? Text(head.Slice(345, 155).ToArray()) : string.Empty;
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Text(ReadOnlyMemory<byte> bytes)
    {
        var end = bytes.Span.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes.Span : bytes.Span[..end]);
    }

    private static string Relative(string name)
    {
        while (name.StartsWith("./", StringComparison.Ordinal))
        {
            name = name[2..].TrimStart('/');
        }

        return name;
    }

    private static VmwareFormatException Truncated() => new(ConcernId.FileTruncated, "the archive ends within a member");

    private static VmwareFormatException Sparse() => new(ConcernId.UnsupportedExtent, "the archive has a sparse member, which does not lie there as one piece: pack it again without --sparse");

    private sealed record Extended(string? Name, long? Size);
}
