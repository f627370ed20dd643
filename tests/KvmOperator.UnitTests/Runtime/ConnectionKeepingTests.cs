using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KvmOperator.Runtime.Hosting;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class ConnectionKeepingTests
{
    private const string KeepAliveTimer = "02";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_on_which_nobody_says_anything_is_probed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var handler = new SocketsHttpHandler { UseProxy = false };
        ConnectionKeeping.Apply(handler);
        using var client = new HttpClient(handler);

        var asking = client.GetAsync(new Uri($"http://127.0.0.1:{port}/"), Token);
        using var accepted = await listener.AcceptTcpClientAsync(Token);
        var request = new byte[4096];
        Assert.NotEqual(0, await accepted.GetStream().ReadAsync(request, Token));

        Assert.Equal(KeepAliveTimer, await TimerOfAsync(port));
        await accepted.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Token);
        using var answer = await asking;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Which timer the kernel runs for the connection to a port: proc(5), net/tcp, the column tr.</summary>
    private static async Task<string> TimerOfAsync(int port)
    {
        var remote = $":{port.ToString("X4", CultureInfo.InvariantCulture)}";

        // Another timer runs as long as what was sent is not yet acknowledged; and ours may be connected as IPv6.
        for (var times = 0; ; times++)
        {
            var lines = (await File.ReadAllLinesAsync("/proc/net/tcp", Token)).Concat(await File.ReadAllLinesAsync("/proc/net/tcp6", Token));
            var timer = lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).First(fields => fields[2].EndsWith(remote, StringComparison.Ordinal))[5][..2];
            if (timer == KeepAliveTimer || times == 100)
            {
                return timer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }
}
