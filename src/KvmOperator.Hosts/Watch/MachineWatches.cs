using System.Collections.Concurrent;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Watch;

/// <summary>Keeps one watch a name. A watch begins with the first question and ends when its name is forgotten. May be used from any task.</summary>
internal sealed class MachineWatches<TWatch>(Func<string, TWatch> create) : IAsyncDisposable
    where TWatch : IMachineWatch
{
    private readonly ConcurrentDictionary<string, Lazy<TWatch>> watches = new(StringComparer.Ordinal);

    /// <summary>The watch of that name, which goes over this shell from now on.</summary>
    public TWatch Of(string name, IHostShell shell)
    {
        var watch = watches.GetOrAdd(name, key => new Lazy<TWatch>(() => create(key))).Value;
        watch.Use(shell);
        return watch;
    }

    /// <summary>The watch of that name; null when there is none.</summary>
    public TWatch? Find(string name) => watches.TryGetValue(name, out var watch) ? watch.Value : default;

    /// <summary>Ends a watch. Unknown names are ignored.</summary>
    public async ValueTask ForgetAsync(string name)
    {
        if (watches.TryRemove(name, out var watch))
        {
            await watch.Value.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in watches.Keys)
        {
            await ForgetAsync(name);
        }
    }
}
