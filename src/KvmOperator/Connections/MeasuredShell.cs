using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Connections;

/// <summary>A shell whose commands are counted.</summary>
internal sealed class MeasuredShell(IHostShell shell, ShellMetrics metrics, TimeProvider clock) : IHostShell
{
    /// <inheritdoc/>
    public string Name => shell.Name;

    /// <inheritdoc/>
    public HostKey? HostKey => shell.HostKey;

    /// <inheritdoc/>
    public int Pace => shell.Pace;

    /// <inheritdoc/>
    public TimeSpan? Silence => shell.Silence;

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        try
        {
            var result = await shell.RunAsync(command, cancellationToken);
            metrics.Ended(Name, clock.GetElapsedTime(started));
            return result;
        }
        catch (HostException exception)
        {
            metrics.Failed(Name, exception);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await shell.OpenAsync(command, cancellationToken);
        }
        catch (HostException exception)
        {
            metrics.Failed(Name, exception);
            throw;
        }
    }
}
