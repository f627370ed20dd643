using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Tests.Libvirt;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt.Protocol;

/// <summary>Bytes that are not libvirt's end the connection with a reason, and what waited fails.</summary>
public sealed class MalformedStreamTests : IAsyncDisposable
{
    private static readonly LibvirtDomain Guest = new("shop_web", new Guid("1f944645-5d06-5a79-b731-2a8b91a9095e"));

    private readonly LibvirtPeer peer = new(new FakeTimeProvider());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[]> Streams { get; } = new()
    {
        { "a length of nothing", LibvirtPeer.Words(0) },
        { "a length without a header", LibvirtPeer.Words(27) },
        { "a length beyond libvirt's limit", LibvirtPeer.Words(33_554_432 + 5) },
        { "a length beyond all", LibvirtPeer.Words(-1) },
        { "words of a shell", "bash: virt-ssh-helper: command not found\n"u8.ToArray() },
        { "another program", LibvirtPeer.Frame(0x20008087, 1, 1, 1, 0, []) },
        { "another version", [.. LibvirtPeer.Words(28, unchecked((int)LibvirtPeer.Remote), 2, 212, 1, 4, 0)] },
        { "a call", LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 0, 4, 0, []) },
        { "a stream", LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 3, 4, 2, []) },
        { "an answer to nothing", LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 1, 99, 0, LibvirtPeer.Words(1, 1)) },
        { "an answer to another procedure", LibvirtPeer.Frame(LibvirtPeer.Remote, 14, 1, 4, 0, LibvirtPeer.Words(1, 1)) },
        { "an answer with an unknown status", LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 1, 4, 2, LibvirtPeer.Words(1, 1)) },
        { "an answer that is cut", LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 1, 4, 0, LibvirtPeer.Words(1)) },
        { "an answer with more than there is", LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 1, 4, 0, LibvirtPeer.Words(1, 1, 1)) },
        { "an error that is cut", LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 1, 4, 1, LibvirtPeer.Words(42, 10, 1, 100)) },
        { "an event that is cut", LibvirtPeer.Frame(LibvirtPeer.Remote, 318, 2, 0, 0, LibvirtPeer.Words(1)) },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task The_connection_ends(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        await peer.OpenAsync(Token);
        var state = Connection.GetStateAsync(Guest, Token);
        Assert.Equal(4u, (await peer.Calls.ReadAsync(Token)).Serial);
        await peer.SendAsync(bytes);

        var closing = await Connection.Closed;

        Assert.Equal(LibvirtClosingKind.Malformed, closing.Kind);
        Assert.IsType<LibvirtProtocolException>(closing.Cause);
        Assert.Same(closing, (await Assert.ThrowsAsync<LibvirtClosedException>(() => state)).Closing);
    }

    [Fact]
    public async Task Messages_may_arrive_byte_by_byte_and_many_at_once()
    {
        await peer.OpenAsync(Token);
        var states = Enumerable.Range(0, 3).Select(_ => Connection.GetStateAsync(Guest, Token)).ToList();
        var serials = new List<uint>();
        for (var count = 0; count < 3; count++)
        {
            serials.Add((await peer.Calls.ReadAsync(Token)).Serial);
        }

        var bytes = serials.SelectMany(serial => LibvirtPeer.Frame(LibvirtPeer.Remote, 212, 1, serial, 0, LibvirtPeer.Words(1, (int)serial))).ToArray();
        foreach (var one in bytes[..40])
        {
            await peer.SendAsync([one]);
        }

        await peer.SendAsync(bytes[40..]);
        Assert.Equal(serials.Select(serial => (int)serial), (await Task.WhenAll(states)).Select(state => state.Reason));
    }

    [Fact]
    public async Task A_text_as_long_as_libvirt_sends_arrives()
    {
        await peer.OpenAsync(Token);
        var xml = Connection.GetXmlAsync(Guest, DomainXmlFlags.None, Token);
        var text = new string('x', 4 * 1024 * 1024);
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Text(text));

        Assert.Equal(text, await xml);
    }

    public async ValueTask DisposeAsync() => await peer.DisposeAsync();

    private LibvirtConnection Connection => peer.Connection;
}
