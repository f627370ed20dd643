using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// The connections of one host: one, and more only when the host allows so few sessions on each that held channels would leave none for commands, or the other way round.
/// Safe for concurrent use.
/// </summary>
/// <param name="name">The host's name.</param>
/// <param name="connector">Opens them.</param>
/// <param name="connected">Called with each new connection before anything else runs on it.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">Where opened and refused connections are told.</param>
internal sealed class HostConnections(string name, IHostConnector connector, Func<IHostConnection, CancellationToken, Task> connected, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    /// <summary>One session each, for two held channels, for commands, and one to spare.</summary>
    private const int MostConnections = 4;

    private static readonly TimeSpan PlaceRetryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ExtraStaysFor = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim connecting = new(1);
    private readonly CancellationTokenSource closing = new();
    private volatile IReadOnlyList<IHostConnection> connections = [];

    /// <summary>How long ago the host last gave a sign of life; null without a connection.</summary>
    public TimeSpan? Silence => connections is { Count: > 0 } some ? some.Min(connection => connection.Silence) : null;

    /// <summary>Uses a connection that has a free place; waits for one as long as it takes.</summary>
    /// <param name="use">What to do with it.</param>
    /// <param name="isHeld">Held channels wait for no command: when all places are taken, they get a connection of their own.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HostException">See <see cref="IHostShell.RunAsync"/>.</exception>
    public async Task<TResult> UseAsync<TResult>(Func<IHostConnection, Task<TResult>> use, bool isHeld, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FindAsync(isHeld, cancellationToken) is { } connection)
            {
                try
                {
                    return await use(connection);
                }
                catch (ChannelRefusedException) when (!cancellationToken.IsCancellationRequested)
                {
                    if (!connection.IsOccupied && !isHeld)
                    {
                        await Task.Delay(PlaceRetryDelay, timeProvider, cancellationToken);
                    }

                    continue;
                }
            }

            await Task.Delay(PlaceRetryDelay, timeProvider, cancellationToken);
        }
    }

    /// <summary>Closes all connections after the commands that are still running, and ends the held channels; later calls are refused. Waits for nothing.</summary>
    public void Dispose()
    {
        closing.Cancel();
        foreach (var connection in connections)
        {
            connection.EndHeld();
            connection.Retire();
        }
    }

    private async Task<IHostConnection?> FindAsync(bool isHeld, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        try
        {
            await connecting.WaitAsync(stop.Token);
            try
            {
                foreach (var connection in connections)
                {
                    if (!await connection.IsAliveAsync())
                    {
                        connection.Retire();
                        connections = [.. connections.Where(other => other != connection)];
                    }
                    else if (connection.HasPlace)
                    {
                        return connection;
                    }
                }

                return connections.Count == 0
                    ? await ConnectAsync(stop.Token)
                    : connections.Count < MostConnections && (isHeld || connections.All(connection => connection.IsOccupied)) ? await ConnectExtraAsync(stop.Token) : null;
            }
            finally
            {
                connecting.Release();
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(HostShell), $"The shell of {name} is used no longer.");
        }
    }

    private async Task<IHostConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await connector.ConnectAsync(cancellationToken);
        try
        {
            await connected(connection, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch
        {
            connection.Retire();
            throw;
        }

        connections = [.. connections, connection];
        return connection;
    }

    /// <summary>A host that gives no further connection is still good for what it gave: then one waits for a place.</summary>
    private async Task<IHostConnection?> ConnectExtraAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await ConnectAsync(cancellationToken);
            logger.LogDebug("{Host} allows few sessions on a connection: it has {Count} now", name, connections.Count);
            _ = RetireWhenIdleAsync(connection);
            return connection;
        }
        catch (HostException exception)
        {
            logger.LogDebug(exception, "{Host} allows few sessions on a connection, and no further connection", name);
            return null;
        }
    }

    private async Task RetireWhenIdleAsync(IHostConnection connection)
    {
        using var timer = new PeriodicTimer(ExtraStaysFor / 2, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token))
            {
                await connecting.WaitAsync(closing.Token);
                try
                {
                    if (!connections.Contains(connection))
                    {
                        return;
                    }

                    if (connections.Count > 1 && connection.IdleFor >= ExtraStaysFor)
                    {
                        connections = [.. connections.Where(other => other != connection)];
                        connection.Retire();
                        return;
                    }
                }
                finally
                {
                    connecting.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // All connections are closed.
        }
    }
}
