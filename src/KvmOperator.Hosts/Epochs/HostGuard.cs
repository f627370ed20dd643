using System.Collections.Concurrent;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Epochs;

/// <summary>Takes each host for this leader before anything is sent there.</summary>
internal sealed class HostGuard(ILeaderEpoch leader, ILogger<HostGuard> logger) : IHostGuard
{
    private readonly ConcurrentDictionary<string, HostTakeover> takeovers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IHostShell Guard(IHostShell shell)
    {
        ArgumentNullException.ThrowIfNull(shell);

        // Another shell is another address, or other credentials: what is known of the machine behind the old one says nothing of it.
        return new GuardedShell(
            shell,
            takeovers.AddOrUpdate(
                shell.Name,
                static (_, given) => new HostTakeover(given.Shell, given.Leader, given.Logger),
                static (_, known, given) => ReferenceEquals(known.Host, given.Shell) ? known : new HostTakeover(given.Shell, given.Leader, given.Logger),
                (Shell: shell, Leader: leader, Logger: (ILogger)logger)));
    }

    /// <inheritdoc/>
    public void Forget(string name) => takeovers.TryRemove(name, out _);
}
