using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Ssh;

/// <summary>The shell of one host over SSH.NET.</summary>
internal sealed class HostShell(HostConnectionSettings settings, IHostConnector connector, HostPace pace, TimeProvider timeProvider) : IHostShell, IAsyncDisposable
{
    /// <summary>sshd allows ten sessions a connection unless told otherwise; a probe and abandoned commands need some of them.</summary>
    private const int MostChannels = 6;

    /// <summary>What a host at the usual pace needs, after the deadline, to end a stubborn command and say so.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    private readonly SemaphoreSlim channels = new(MostChannels);
    private readonly SemaphoreSlim connecting = new(1);
    private IHostConnection? connection;
    private int measuring;
    private volatile bool disposed;

    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <inheritdoc/>
    public HostKey? HostKey => connector.HostKey;

    /// <inheritdoc/>
    public int Pace => pace.Factor;

    /// <summary>What this shell was made for.</summary>
    public HostConnectionSettings Settings => settings;

    /// <summary>A shell over SSH.</summary>
    public static HostShell Create(HostConnectionSettings settings, TimeProvider timeProvider, ILogger logger)
    {
        var pace = new HostPace(timeProvider);
        return new HostShell(settings, new HostConnector(settings, pace, timeProvider, logger), pace, timeProvider);
    }

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        using var deadline = new CancellationTokenSource(Limit(command) + HostPace.Measurement.Deadline, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await channels.WaitAsync(either.Token);
            try
            {
                var current = await ConnectedAsync(either.Token);
                if (pace.NeedsMeasurement && Interlocked.Exchange(ref measuring, 1) == 0)
                {
                    await MeasureAsync(current, either.Token);
                }

                // Waiting for others is no part of the command's own time, and the pace may have been learned only now.
                deadline.CancelAfter(Limit(command));
                return await current.RunAsync(command.WithDeadline(pace.Scale(command.Deadline)), either.Token);
            }
            finally
            {
                channels.Release();
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DeadlineExceededException(settings.Name, command.WithDeadline(pace.Scale(command.Deadline)));
        }
    }

    /// <summary>Closes the connection after the commands that are still running; later calls are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        disposed = true;
        await connecting.WaitAsync();
        try
        {
            connection?.Retire();
            connection = null;
        }
        finally
        {
            connecting.Release();
        }
    }

    private TimeSpan Limit(RemoteCommand command) => pace.Scale(command.Deadline + Grace);

    private async Task<IHostConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        await connecting.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (connection is not null && await connection.IsAliveAsync())
            {
                return connection;
            }

            connection?.Retire();
            connection = null;
            connection = await connector.ConnectAsync(cancellationToken);
            if (pace.NeedsMeasurement && Interlocked.Exchange(ref measuring, 1) == 0)
            {
                // All others wait: what they would begin before the pace is known could end too soon.
                await MeasureAsync(connection, cancellationToken);
            }

            return connection;
        }
        finally
        {
            connecting.Release();
        }
    }

    /// <summary>Measures the pace. What keeps the host from being measured is met by the command, too, which tells of it.</summary>
    private async Task MeasureAsync(IHostConnection current, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        using var limit = new CancellationTokenSource(HostPace.Measurement.Deadline + Grace, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await current.RunAsync(HostPace.Measurement, either.Token);
            pace.Measured(timeProvider.GetElapsedTime(started));
        }
        catch (Exception exception) when (exception is DeadlineExceededException || (exception is OperationCanceledException && limit.IsCancellationRequested))
        {
            pace.Measured(timeProvider.GetElapsedTime(started));
        }
        catch (HostException)
        {
            // The command meets the same and tells of it.
        }
        finally
        {
            Volatile.Write(ref measuring, 0);
        }
    }
}
