using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Epochs;

/// <summary>A shell whose commands and channels begin only while the host has seen no newer leader.</summary>
internal sealed class GuardedShell(IHostShell shell, HostTakeover takeover) : IHostShell
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
        try
        {
            var epoch = await takeover.TakeAsync(cancellationToken);
            var result = await shell.RunAsync(epoch.Run(command), cancellationToken);
            HostEpoch.ThrowIfRefused(Name, result);
            return result;
        }
        catch (Exception exception) when (IsDoubtful(exception))
        {
            takeover.Doubt();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        try
        {
            var epoch = await takeover.TakeAsync(cancellationToken);
            var channel = await shell.OpenAsync(epoch.Hold(command), cancellationToken);
            _ = DoubtAtItsEndAsync(channel);
            return channel;
        }
        catch (Exception exception) when (IsDoubtful(exception))
        {
            takeover.Doubt();
            throw;
        }
    }

    private static bool IsDoubtful(Exception exception) => exception is HostUnreachableException or EpochRefusedException or ManagedElsewhereException;

    /// <summary>A channel that the guard refused, or that broke, is told to nobody but its reader, who opens it again: then the host says why.</summary>
    private async Task DoubtAtItsEndAsync(IHostChannel channel)
    {
        try
        {
            HostEpoch.ThrowIfRefused(Name, await channel.Ended);
        }
        catch (HostException)
        {
            takeover.Doubt();
        }
    }
}
