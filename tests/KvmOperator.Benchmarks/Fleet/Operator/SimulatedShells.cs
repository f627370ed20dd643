using System.Collections.Concurrent;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Benchmarks.Fleet.Operator;

/// <summary>The product's shells; what is below them, where SSH would begin, leads to the simulation.</summary>
internal sealed class SimulatedShells(string socket, TimeProvider clock, ILogger<SimulatedShells> logger) : IHostShells
{
    private readonly ConcurrentDictionary<string, HostShell> shells = new(StringComparer.Ordinal);

    public IHostShell Get(HostConnectionSettings settings) =>
        shells.GetOrAdd(settings.Name, _ => new HostShell(settings, new SimulatedConnector(socket, settings, clock), new HostPace(clock), clock, logger));

    public async ValueTask ForgetAsync(string name)
    {
        if (shells.TryRemove(name, out var shell))
        {
            await shell.DisposeAsync();
        }
    }

    public async ValueTask CloseAllAsync()
    {
        foreach (var name in shells.Keys)
        {
            await ForgetAsync(name);
        }
    }
}
