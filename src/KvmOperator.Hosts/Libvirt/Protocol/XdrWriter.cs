using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Writes values in the encoding of RFC 4506. Every method returns the writer, so that a message reads as a list of its fields.</summary>
/// <exception cref="ArgumentException">Of every method with a text or a list: it is more than libvirt takes.</exception>
internal sealed class XdrWriter
{
    private const int Unit = 4;

    private readonly ArrayBufferWriter<byte> buffer = new();

    /// <summary>What was written so far.</summary>
    public ReadOnlyMemory<byte> Written => buffer.WrittenMemory;

    public XdrWriter Integer(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Next(Unit), value);
        return this;
    }

    public XdrWriter Unsigned(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Next(Unit), value);
        return this;
    }

    public XdrWriter Long(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Next(2 * Unit), value);
        return this;
    }

    public XdrWriter UnsignedLong(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Next(2 * Unit), value);
        return this;
    }

    public XdrWriter Double(double value)
    {
        BinaryPrimitives.WriteDoubleBigEndian(Next(2 * Unit), value);
        return this;
    }

    public XdrWriter Uuid(Guid value)
    {
        value.TryWriteBytes(Next(4 * Unit), bigEndian: true, out _);
        return this;
    }

    public XdrWriter Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length > ProtocolLimits.TextBytes || value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"libvirt takes no text of {length} bytes, and none with a zero byte.", nameof(value));
        }

        Unsigned((uint)length);
        var padded = (length + Unit - 1) / Unit * Unit;
        var bytes = Next(padded);
        Encoding.UTF8.GetBytes(value, bytes);
        bytes[length..].Clear();
        return this;
    }

    public XdrWriter OptionalText(string? value) => value is null ? Unsigned(0) : Unsigned(1).Text(value);

    public XdrWriter List<T>(IReadOnlyCollection<T> values, int most, Action<XdrWriter, T> write)
    {
        if (values.Count > most)
        {
            throw new ArgumentException($"libvirt takes {most} of these, not {values.Count}.", nameof(values));
        }

        Unsigned((uint)values.Count);
        foreach (var value in values)
        {
            write(this, value);
        }

        return this;
    }

    public XdrWriter Domain(LibvirtDomain domain) => Text(domain.Name).Uuid(domain.Uuid).Integer(domain.Id);

    public XdrWriter Network(LibvirtNetwork network) => Text(network.Name).Uuid(network.Uuid);

    public XdrWriter StoragePool(LibvirtStoragePool pool) => Text(pool.Name).Uuid(pool.Uuid);

    private Span<byte> Next(int bytes)
    {
        var span = buffer.GetSpan(bytes)[..bytes];
        buffer.Advance(bytes);
        return span;
    }
}
