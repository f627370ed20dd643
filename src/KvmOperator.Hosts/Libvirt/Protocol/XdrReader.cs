using System.Buffers.Binary;
using System.Text;

namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>
/// Reads values in the encoding of RFC 4506 from one message. Every length is held against a limit and against what is left, before anything is allocated for it.
/// </summary>
/// <exception cref="LibvirtProtocolException">Of every method: the message ends too early, or a value cannot be.</exception>
internal sealed class XdrReader(ReadOnlyMemory<byte> message)
{
    private const int Unit = 4;

    private int position;

    /// <summary>Bytes that are not read yet.</summary>
    public int Left => message.Length - position;

    public int Integer() => BinaryPrimitives.ReadInt32BigEndian(Take(Unit));

    public uint Unsigned() => BinaryPrimitives.ReadUInt32BigEndian(Take(Unit));

    public long Long() => BinaryPrimitives.ReadInt64BigEndian(Take(2 * Unit));

    public ulong UnsignedLong() => BinaryPrimitives.ReadUInt64BigEndian(Take(2 * Unit));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(2 * Unit));

    public Guid Uuid() => new(Take(4 * Unit), bigEndian: true);

    /// <summary>A text in UTF-8; bytes that are none become U+FFFD. libvirt's texts hold no zero byte.</summary>
    public string Text()
    {
        var bytes = Take(Count(ProtocolLimits.TextBytes, smallest: 1));
        Take((Unit - (bytes.Length % Unit)) % Unit);
        return bytes.Contains((byte)0) ? throw new LibvirtProtocolException("A text has a zero byte in it.") : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A text that may be missing.</summary>
    public string? OptionalText() => IsThere() ? Text() : null;

    /// <summary>A value that may be missing.</summary>
    public T? Optional<T>(Func<XdrReader, T> read)
        where T : class => IsThere() ? read(this) : null;

    /// <summary>How many values follow, each of which takes that many bytes at least.</summary>
    public int Count(int most, int smallest)
    {
        var length = Unsigned();
        if (length > most)
        {
            throw new LibvirtProtocolException($"A length of {length} is more than the {most} that can be.");
        }

        return length * (long)smallest <= Left ? (int)length : throw new LibvirtProtocolException($"A length of {length} is more than the {Left} bytes that are left hold.");
    }

    /// <summary>Values of one kind, one after another.</summary>
    /// <param name="most">More than that is an error.</param>
    /// <param name="smallest">The bytes that each takes at least.</param>
    /// <param name="read">Reads one.</param>
    public IReadOnlyList<T> List<T>(int most, int smallest, Func<XdrReader, T> read)
    {
        var values = new T[Count(most, smallest)];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = read(this);
        }

        return values;
    }

    /// <summary>Values of one kind, and their number once more, with which libvirt answers who asked for the number only.</summary>
    public IReadOnlyList<T> CountedList<T>(int most, int smallest, Func<XdrReader, T> read)
    {
        var values = List(most, smallest, read);
        Integer();
        return values;
    }

    /// <summary>Checks that nothing is left over.</summary>
    public void End()
    {
        if (Left > 0)
        {
            throw new LibvirtProtocolException($"The message has {Left} bytes too many.");
        }
    }

    private bool IsThere() => Unsigned() switch
    {
        0 => false,
        1 => true,
        var other => throw new LibvirtProtocolException($"{other} is neither yes nor no."),
    };

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > Left)
        {
            throw new LibvirtProtocolException($"The message ends {bytes - Left} bytes too early.");
        }

        position += bytes;
        return message.Span.Slice(position - bytes, bytes);
    }
}
