using System.Net.Sockets;
using KvmOperator.Benchmarks.Fleet.Hosts;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Benchmarks.Fleet.Operator;

/// <summary>Connects to a simulated host, with the product's patience and its way to back off.</summary>
internal sealed class SimulatedConnector(string socket, HostConnectionSettings settings, TimeProvider clock) : IHostConnector
{
    private readonly ConnectionBackOff backOff = new(clock);

    public HostKey? HostKey { get; private set; }

    public async Task<IHostConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        backOff.ThrowIfTooEarly();
        using var limit = new CancellationTokenSource(settings.ConnectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            // A frozen host takes the connection, as its kernel would, and says nothing.
            await using var greeting = await FleetRequest.SendAsync(socket, settings.Name, isHeld: false, RemoteCommand.Of("true"), either.Token);
            await FleetRequest.ReadAnswerAsync(greeting, either.Token);
        }
        catch (Exception exception) when (exception is SocketException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw backOff.Unreachable(() => new HostUnreachableException(
                settings.Name, $"{settings.Name} cannot be reached: no connection within {settings.ConnectTimeout.TotalSeconds:0.#} s.", commandMayHaveRun: false, exception));
        }

        backOff.Reset();
        HostKey = FleetIdentity.KeyOf(settings.Name);
        return new SimulatedConnection(socket, settings, clock);
    }
}
