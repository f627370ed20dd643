using System.Collections.Concurrent;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Watch;

/// <summary>Keeps one watch a host. A watch begins with the first question about its host and ends when the host is forgotten.</summary>
internal sealed class HostWatches(Func<string, HostWatch> create) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<HostWatch>> watches = new(StringComparer.Ordinal);

    /// <summary>The watch of a host, which goes over this shell from now on.</summary>
    public HostWatch Of(IHostShell host)
    {
        var watch = watches.GetOrAdd(host.Name, name => new Lazy<HostWatch>(() => create(name))).Value;
        watch.Use(host);
        return watch;
    }

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
