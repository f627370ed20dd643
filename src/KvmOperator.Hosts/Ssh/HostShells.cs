using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Ssh;

/// <summary>Keeps one shell a host.</summary>
internal sealed class HostShells(TimeProvider timeProvider, ILogger<HostShells> logger) : IHostShells, IAsyncDisposable
{
    private readonly ThreadBudget budget = new(ThreadBudget.Usual);
    private readonly Dictionary<string, HostShell> shells = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public IHostShell Get(HostConnectionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        HostShell? outdated;
        HostShell current;
        lock (gate)
        {
            if (shells.TryGetValue(settings.Name, out outdated) && IsFor(outdated, settings))
            {
                return outdated;
            }

            shells[settings.Name] = current = HostShell.Create(settings, budget, timeProvider, logger);
        }

        if (outdated is not null)
        {
            _ = Task.Run(async () => await outdated.DisposeAsync());
        }

        return current;
    }

    /// <inheritdoc/>
    public async ValueTask ForgetAsync(string name)
    {
        HostShell? shell;
        lock (gate)
        {
            shells.Remove(name, out shell);
        }

        if (shell is not null)
        {
            await shell.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAllAsync();

    /// <inheritdoc/>
    public async ValueTask CloseAllAsync()
    {
        List<HostShell> all;
        lock (gate)
        {
            all = [.. shells.Values];
            shells.Clear();
        }

        foreach (var shell in all)
        {
            await shell.DisposeAsync();
        }
    }

    /// <summary>A shell that pinned the key of its first use is the right one, too, for who has that key recorded by now: work under way goes on.</summary>
    private static bool IsFor(HostShell shell, HostConnectionSettings settings) =>
        shell.Settings == settings
        || (shell.Settings.Trust.AcceptsAny && shell.HostKey is { } key && settings.Trust.Trusts(key) && shell.Settings with { Trust = settings.Trust } == settings);
}
