using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Ssh;

/// <summary>The shell of one host over SSH.NET.</summary>
internal sealed class HostShell : IHostShell, IAsyncDisposable
{
    /// <summary>sshd allows ten sessions a connection unless told otherwise; held channels and abandoned commands need some of them.</summary>
    private const int MostChannels = 6;

    /// <summary>What a host at the usual pace needs, after the deadline, to end a stubborn command and say so.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    private readonly IHostConnector connector;
    private readonly HostPace pace;
    private readonly TimeProvider timeProvider;
    private readonly HostConnections connections;
    private readonly SemaphoreSlim channels = new(MostChannels);
    private int measuring;

    public HostShell(HostConnectionSettings settings, IHostConnector connector, HostPace pace, TimeProvider timeProvider, ILogger logger)
    {
        Settings = settings;
        this.connector = connector;
        this.pace = pace;
        this.timeProvider = timeProvider;
        connections = new HostConnections(settings.Name, connector, MeasureAsync, timeProvider, logger);
    }

    /// <inheritdoc/>
    public string Name => Settings.Name;

    /// <inheritdoc/>
    public HostKey? HostKey => connector.HostKey;

    /// <inheritdoc/>
    public int Pace => pace.Factor;

    /// <inheritdoc/>
    public TimeSpan? Silence => connections.Silence;

    /// <summary>What this shell was made for.</summary>
    public HostConnectionSettings Settings { get; }

    /// <summary>A shell over SSH.</summary>
    public static HostShell Create(HostConnectionSettings settings, ThreadBudget budget, TimeProvider timeProvider, ILogger logger)
    {
        var learned = new HostPace(timeProvider);
        return new HostShell(settings, new HostConnector(settings, learned, new HostThreads(settings.Name, budget), timeProvider, logger), learned, timeProvider, logger);
    }

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        return await WithinDeadlineAsync(
            command,
            async (deadline, stop) =>
            {
                await channels.WaitAsync(stop);
                try
                {
                    return await connections.UseAsync(
                        async connection =>
                        {
                            await MeasureAsync(connection, stop);

                            // Waiting for others is no part of the command's own time, and the pace may have been learned only now.
                            deadline.CancelAfter(Limit(command));
                            return await connection.RunAsync(Scaled(command), stop);
                        },
                        isHeld: false,
                        stop);
                }
                finally
                {
                    channels.Release();
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        return await WithinDeadlineAsync(
            command,
            (deadline, stop) => connections.UseAsync(
                connection =>
                {
                    deadline.CancelAfter(Limit(command));
                    return connection.OpenAsync(command, stop);
                },
                isHeld: true,
                stop),
            cancellationToken);
    }

    /// <summary>Closes the connection after the commands that are still running, and ends the held channels; later calls are refused.</summary>
    public ValueTask DisposeAsync()
    {
        connections.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<TResult> WithinDeadlineAsync<TResult>(RemoteCommand command, Func<CancellationTokenSource, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Limit(command) + HostPace.Measurement.Deadline, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await work(deadline, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DeadlineExceededException(Settings.Name, Scaled(command));
        }
    }

    private TimeSpan Limit(RemoteCommand command) => pace.Scale(command.Deadline + Grace);

    private RemoteCommand Scaled(RemoteCommand command) => command.WithDeadline(pace.Scale(command.Deadline));

    /// <summary>Measures the pace when it is time to. What keeps the host from being measured is met by the command, too, which tells of it.</summary>
    private async Task MeasureAsync(IHostConnection connection, CancellationToken cancellationToken)
    {
        if (!pace.NeedsMeasurement || Interlocked.Exchange(ref measuring, 1) == 1)
        {
            return;
        }

        var started = timeProvider.GetTimestamp();
        using var limit = new CancellationTokenSource(HostPace.Measurement.Deadline + Grace, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await connection.RunAsync(HostPace.Measurement, either.Token);
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
