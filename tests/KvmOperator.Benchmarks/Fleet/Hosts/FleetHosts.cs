using System.Collections.Concurrent;
using System.Net.Sockets;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>All simulated hosts behind one local socket.</summary>
internal sealed class FleetHosts : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, FleetHost> hosts = new(StringComparer.Ordinal);
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource stopping = new();
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task accepting;

    public FleetHosts(string socket, TimeProvider clock)
    {
        this.clock = clock;
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        listener.Listen(4096);
        accepting = Task.Run(AcceptAsync);
    }

    public IReadOnlyCollection<FleetHost> All => [.. hosts.Values.OrderBy(host => host.Name, StringComparer.Ordinal)];

    public void Add(FleetHost host) => hosts[host.Name] = host;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptAsync(stopping.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        await Task.Yield();
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        try
        {
            var request = await FleetRequest.ReadAsync(stream, stopping.Token);
            var host = hosts[request.Host];
            await host.Thawed.WaitAsync(stopping.Token);
            if (!request.IsHeld)
            {
                await FleetRequest.AnswerAsync(stream, 0, FleetCommands.Answer(host, request), stopping.Token);
                return;
            }

            await FleetRequest.AnswerAsync(stream, 0, string.Empty, stopping.Token);
            await (request.Arguments.Contains("kvm-operator-beat", StringComparer.Ordinal)
                ? new FleetBeat(host, stream, clock).RunAsync(stopping.Token)
                : new FleetLibvirt(host, stream, clock).RunAsync(stopping.Token));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The operator left, or the run is over.
        }
    }
}
