using System.Net.Sockets;
using KvmOperator.Benchmarks.Fleet.Hosts;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Benchmarks.Fleet.Operator;

/// <summary>A connection to a simulated host: each of its channels is a local socket. One that is silent for twice the liveness interval is broken, as with SSH.</summary>
internal sealed class SimulatedConnection : IHostConnection
{
    private readonly string socket;
    private readonly HostConnectionSettings settings;
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource broken = new();
    private int held;
    private int running;
    private long heard;
    private string? reason;

    public SimulatedConnection(string socket, HostConnectionSettings settings, TimeProvider clock)
    {
        (this.socket, this.settings, this.clock) = (socket, settings, clock);
        heard = clock.GetTimestamp();
        _ = WatchAsync();
    }

    public bool HasPlace => true;

    public bool IsOccupied => held > 0;

    public TimeSpan IdleFor => held + running > 0 ? TimeSpan.Zero : Silence;

    public TimeSpan Silence => clock.GetElapsedTime(Volatile.Read(ref heard));

    public Task<bool> IsAliveAsync() => Task.FromResult(!broken.IsCancellationRequested);

    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        Begin(ref running);
        try
        {
            return await UntilBrokenAsync(
                async stop =>
                {
                    await using var stream = await FleetRequest.SendAsync(socket, settings.Name, isHeld: false, command, stop);
                    var (status, output) = await FleetRequest.ReadAnswerAsync(stream, stop);
                    SignOfLife();
                    return new CommandResult(status, null, output, default, clock.GetElapsedTime(began));
                },
                cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    public async Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        Begin(ref held);
        try
        {
            var stream = await UntilBrokenAsync(
                async stop =>
                {
                    var opened = await FleetRequest.SendAsync(socket, settings.Name, isHeld: true, command, stop);
                    await FleetRequest.ReadAnswerAsync(opened, stop);
                    return opened;
                },
                cancellationToken);
            SignOfLife();
            return new SimulatedChannel(stream, SignOfLife, () => Interlocked.Decrement(ref held), Unreachable, broken.Token);
        }
        catch
        {
            Interlocked.Decrement(ref held);
            throw;
        }
    }

    public void Retire() => Break("the connection was closed");

    public void EndHeld() => Break("the connection was closed");

    public void Dispose() => Break("the connection was closed");

    private void Begin(ref int count)
    {
        Interlocked.Increment(ref count);
        if (IsIdleSilence())
        {
            SignOfLife();
        }
    }

    /// <summary>A peer that had nothing to say is given its time from now.</summary>
    private bool IsIdleSilence() => held + running == 1;

    private void SignOfLife() => Volatile.Write(ref heard, clock.GetTimestamp());

    private void Break(string why)
    {
        Interlocked.CompareExchange(ref reason, why, null);
        broken.Cancel();
    }

    private HostUnreachableException Unreachable() => new(settings.Name, $"The connection to {settings.Name} broke: {reason}.", commandMayHaveRun: true);

    private async Task<T> UntilBrokenAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, broken.Token);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (broken.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Unreachable();
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw new HostUnreachableException(settings.Name, $"The connection to {settings.Name} broke: {exception.Message}", commandMayHaveRun: true, exception);
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(settings.LivenessInterval / 2, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(broken.Token))
            {
                if (held + running > 0 && Silence >= 2 * settings.LivenessInterval)
                {
                    Break($"the host did not answer for {settings.LivenessInterval.TotalSeconds:0.#} s");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody to watch any more.
        }
    }
}
