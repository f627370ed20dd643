using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Ssh;

/// <summary>The shell of one host over SSH.NET.</summary>
internal sealed class HostShell(HostConnectionSettings settings, TimeProvider timeProvider, ILogger logger) : IHostShell, IAsyncDisposable
{
    /// <summary>sshd allows ten sessions a connection unless told otherwise; a probe and abandoned commands need some of them.</summary>
    private const int MostChannels = 6;

    /// <summary>What the host needs, after the deadline, to end a stubborn command and say so.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    private readonly HostConnector connector = new(settings, timeProvider, logger);
    private readonly SemaphoreSlim channels = new(MostChannels);
    private readonly SemaphoreSlim connecting = new(1);
    private HostConnection? connection;
    private volatile bool disposed;

    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <inheritdoc/>
    public HostKey? HostKey => connector.HostKey;

    /// <summary>What this shell was made for.</summary>
    public HostConnectionSettings Settings => settings;

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        using var deadline = new CancellationTokenSource(command.Deadline + Grace, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await channels.WaitAsync(either.Token);
            try
            {
                var current = await ConnectedAsync(either.Token);
                return await current.RunAsync(command, either.Token);
            }
            finally
            {
                channels.Release();
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DeadlineExceededException(settings.Name, command);
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

    private async Task<HostConnection> ConnectedAsync(CancellationToken cancellationToken)
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
            return connection = await connector.ConnectAsync(cancellationToken);
        }
        finally
        {
            connecting.Release();
        }
    }
}
