using System.Net.Sockets;

namespace KvmOperator.Runtime.Hosting;

/// <summary>
/// Lets the system find out that the API server's end of a connection is gone: HTTP/1.1 asks nothing while nobody says anything, and what
/// is in between forgets connections without a word.
/// </summary>
internal static class ConnectionKeeping
{
    private const int SecondsUntilFirstProbe = 30;
    private const int SecondsBetweenProbes = 10;
    private const int LostProbes = 3;

    /// <summary>Makes every connection of a handler one that is probed after 30 s of silence, and given up after a minute.</summary>
    public static void Apply(SocketsHttpHandler handler) => handler.ConnectCallback = ConnectAsync;

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SecondsUntilFirstProbe);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, SecondsBetweenProbes);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, LostProbes);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
