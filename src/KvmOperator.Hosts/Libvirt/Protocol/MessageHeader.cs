using System.Buffers.Binary;

namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What stands before every message.</summary>
/// <param name="Program">Which of libvirt's protocols it belongs to.</param>
/// <param name="Version">The version of that protocol.</param>
/// <param name="Procedure">The procedure's number in it.</param>
/// <param name="Type">What it is.</param>
/// <param name="Serial">The call that it is or answers; 0 for what nobody asked for.</param>
/// <param name="Status">How the call went.</param>
internal sealed record MessageHeader(uint Program, uint Version, int Procedure, MessageType Type, uint Serial, MessageStatus Status)
{
    /// <summary>libvirt's main protocol.</summary>
    public const uint RemoteProgram = 0x20008086;

    /// <summary>Pings and pongs.</summary>
    public const uint KeepAliveProgram = 0x6b656570;

    /// <summary>The version of both.</summary>
    public const uint ProgramVersion = 1;

    public const int Ping = 1;
    public const int Pong = 2;

    /// <summary>A whole message with its length, ready to be sent.</summary>
    /// <exception cref="ArgumentException">It is longer than libvirt takes.</exception>
    public byte[] Frame(ReadOnlySpan<byte> payload)
    {
        var length = ProtocolLimits.LengthBytes + ProtocolLimits.HeaderBytes + payload.Length;
        if (length - ProtocolLimits.LengthBytes > ProtocolLimits.MessageBytes)
        {
            throw new ArgumentException($"libvirt takes no message of {length} bytes.", nameof(payload));
        }

        var header = new XdrWriter().Unsigned((uint)length).Unsigned(Program).Unsigned(Version).Integer(Procedure).Integer((int)Type).Unsigned(Serial).Integer((int)Status);
        var frame = new byte[length];
        header.Written.Span.CopyTo(frame);
        payload.CopyTo(frame.AsSpan(header.Written.Length));
        return frame;
    }

    /// <exception cref="LibvirtProtocolException">The message is shorter than that.</exception>
    public static MessageHeader Read(XdrReader reader) =>
        new(reader.Unsigned(), reader.Unsigned(), reader.Integer(), (MessageType)reader.Integer(), reader.Unsigned(), (MessageStatus)reader.Integer());

    /// <summary>Bytes of a message that follow its length.</summary>
    /// <exception cref="LibvirtProtocolException">No message is as short or as long.</exception>
    public static int ReadLength(ReadOnlySpan<byte> bytes)
    {
        var length = (long)BinaryPrimitives.ReadUInt32BigEndian(bytes) - ProtocolLimits.LengthBytes;
        return length is >= ProtocolLimits.HeaderBytes and <= ProtocolLimits.MessageBytes
            ? (int)length
            : throw new LibvirtProtocolException($"No message is {length} bytes long.");
    }
}
