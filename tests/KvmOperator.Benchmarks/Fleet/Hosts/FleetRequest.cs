using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>What a channel to a simulated host begins with: which host, and what is to be run there.</summary>
/// <param name="Host">The host.</param>
/// <param name="IsHeld">Whether the process is held, or runs to its end.</param>
/// <param name="Arguments">The program and its arguments.</param>
/// <param name="Input">Its standard input.</param>
internal sealed record FleetRequest(string Host, bool IsHeld, IReadOnlyList<string> Arguments, ReadOnlyMemory<byte> Input)
{
    private const int LengthBytes = 4;

    /// <summary>Opens a channel.</summary>
    public static async Task<Stream> SendAsync(string socket, string host, bool isHeld, RemoteCommand command, CancellationToken cancellationToken)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
            var stream = new NetworkStream(connection, ownsSocket: true);
            await stream.WriteAsync(Encode(host, isHeld, command), cancellationToken);
            return stream;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads what a command ended with; a held process answers once, when it has begun.</summary>
    public static async Task<(int Status, byte[] Output)> ReadAnswerAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[2 * LengthBytes];
        await stream.ReadExactlyAsync(header, cancellationToken);
        var output = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(LengthBytes))];
        await stream.ReadExactlyAsync(output, cancellationToken);
        return (BinaryPrimitives.ReadInt32LittleEndian(header), output);
    }

    /// <summary>The host's side of <see cref="ReadAnswerAsync"/>.</summary>
    public static async Task AnswerAsync(Stream stream, int status, string output, CancellationToken cancellationToken)
    {
        var bytes = new byte[(2 * LengthBytes) + Encoding.UTF8.GetByteCount(output)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, status);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(LengthBytes), bytes.Length - (2 * LengthBytes));
        Encoding.UTF8.GetBytes(output, bytes.AsSpan(2 * LengthBytes));
        await stream.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>The host's side of <see cref="SendAsync"/>.</summary>
    public static async Task<FleetRequest> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var length = new byte[LengthBytes];
        await stream.ReadExactlyAsync(length, cancellationToken);
        var bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        var (host, isHeld) = (reader.ReadString(), reader.ReadBoolean());
        var arguments = new string[reader.ReadInt32()];
        for (var index = 0; index < arguments.Length; index++)
        {
            arguments[index] = reader.ReadString();
        }

        return new FleetRequest(host, isHeld, arguments, bytes.AsMemory((int)reader.BaseStream.Position));
    }

    private static byte[] Encode(string host, bool isHeld, RemoteCommand command)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(0);
        writer.Write(host);
        writer.Write(isHeld);
        writer.Write(command.Arguments.Count);
        foreach (var argument in command.Arguments)
        {
            writer.Write(argument);
        }

        writer.Write(command.Input.Span);
        writer.Flush();
        var encoded = bytes.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(encoded, encoded.Length - LengthBytes);
        return encoded;
    }
}
