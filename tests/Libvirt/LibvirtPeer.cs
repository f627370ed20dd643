using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Threading.Channels;
using KvmOperator.Hosts.Libvirt.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace KvmOperator.Tests.Libvirt;

/// <summary>The other side of a connection, played by the test, byte by byte. Pings are answered unless <see cref="IsDeaf"/>.</summary>
internal sealed class LibvirtPeer : IAsyncDisposable
{
    public const uint Remote = 0x20008086;
    public const uint KeepAlive = 0x6b656570;

    private const int LengthBytes = 4;
    private const int HeaderBytes = 24;

    private readonly Pipe toPeer = new();
    private readonly Pipe fromPeer = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Channel<PeerCall> calls = Channel.CreateUnbounded<PeerCall>();
    private readonly Task listening;

    public LibvirtPeer(TimeProvider timeProvider, LibvirtConnectionOptions? options = null)
    {
        Connection = new LibvirtConnection(toPeer.Writer.AsStream(), fromPeer.Reader.AsStream(), timeProvider, NullLogger.Instance, options);
        listening = Task.Run(ListenAsync);
    }

    /// <summary>The side that is tested.</summary>
    public LibvirtConnection Connection { get; }

    /// <summary>Everything that arrived and is no keepalive, in order.</summary>
    public ChannelReader<PeerCall> Calls => calls.Reader;

    /// <summary>Gets an item for each ping that came, once it was answered.</summary>
    public Channel<int> Pings { get; } = Channel.CreateUnbounded<int>();

    /// <summary>Gets an item for each pong that came.</summary>
    public Channel<int> Pongs { get; } = Channel.CreateUnbounded<int>();

    /// <summary>Pings stay without an answer.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Big-endian words, one after another, as most messages are.</summary>
    public static byte[] Words(params IEnumerable<int> words) => [.. words.SelectMany(word => BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(word)))];

    public static byte[] Frame(uint program, int procedure, int type, uint serial, int status, ReadOnlySpan<byte> payload) =>
        [.. Words(LengthBytes + HeaderBytes + payload.Length, (int)program, 1, procedure, type, (int)serial, status), .. payload];

    /// <summary>A text as it stands in a message.</summary>
    public static byte[] Text(string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return [.. Words(bytes.Length), .. bytes, .. new byte[(4 - (bytes.Length % 4)) % 4]];
    }

    /// <summary>libvirt's error as it stands in a message.</summary>
    public static byte[] Error(int code, string message) => [.. Words(code, 10, 1), .. Text(message), .. Words(1, 0, 0, 0, 0, -1, -1, 0)];

    /// <summary>A domain as it stands in a message.</summary>
    public static byte[] Domain(LibvirtDomain domain) => [.. Text(domain.Name), .. domain.Uuid.ToByteArray(bigEndian: true), .. Words(domain.Id)];

    /// <summary>Opens the connection with a libvirt that wants no authentication and knows keepalives.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var opening = Connection.OpenAsync("qemu:///system", cancellationToken);
        await AnswerAsync(await Calls.ReadAsync(cancellationToken), Words(1, 0));
        await AnswerAsync(await Calls.ReadAsync(cancellationToken), Words(1));
        await AnswerAsync(await Calls.ReadAsync(cancellationToken), []);
        await opening;
    }

    public Task AnswerAsync(PeerCall call, ReadOnlySpan<byte> result) => SendAsync(Frame(Remote, call.Procedure, 1, call.Serial, 0, result));

    public Task RefuseAsync(PeerCall call, int code, string message) => SendAsync(Frame(Remote, call.Procedure, 1, call.Serial, 1, Error(code, message)));

    public Task TellAsync(int procedure, ReadOnlySpan<byte> payload) => SendAsync(Frame(Remote, procedure, 2, 0, 0, payload));

    public Task PingAsync() => SendAsync(Frame(KeepAlive, 1, 2, 0, 0, []));

    public async Task SendAsync(byte[] bytes) => await fromPeer.Writer.WriteAsync(bytes);

    /// <summary>Ends the stream to the client.</summary>
    public ValueTask EndAsync() => fromPeer.Writer.CompleteAsync();

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await listening;
    }

    private async Task ListenAsync()
    {
        var stream = toPeer.Reader.AsStream();
        var length = new byte[LengthBytes];
        while (await stream.ReadAtLeastAsync(length, LengthBytes, throwOnEndOfStream: false) == LengthBytes)
        {
            var message = new byte[BinaryPrimitives.ReadInt32BigEndian(length) - LengthBytes];
            await stream.ReadExactlyAsync(message);
            var (program, procedure, serial) = (
                BinaryPrimitives.ReadUInt32BigEndian(message), BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(8)), BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(16)));
            if (program == Remote)
            {
                calls.Writer.TryWrite(new PeerCall(procedure, serial, message[HeaderBytes..]));
            }
            else if (procedure == 2)
            {
                Pongs.Writer.TryWrite(0);
            }
            else
            {
                if (!IsDeaf)
                {
                    await SendAsync(Frame(KeepAlive, 2, 2, 0, 0, []));
                }

                Pings.Writer.TryWrite(0);
            }
        }

        calls.Writer.TryComplete();
    }
}
