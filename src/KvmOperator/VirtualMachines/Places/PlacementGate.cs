using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;

namespace KvmOperator.VirtualMachines.Places;

/// <summary>Lets one guest at a time choose its host and write that down, so that two do not take the same memory.</summary>
internal sealed class PlacementGate(TimeProvider clock) : IDisposable
{
    /// <summary>What was written is seen in the store a moment later, or never, when somebody wrote something else.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim gate = new(1);
    private readonly ConcurrentDictionary<EntityKey, (string Host, long Time)> written = new();

    /// <summary>Waits for the turn.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> choose, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return await choose();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Remembers where a guest was placed until the store shows it; null for nowhere.</summary>
    public void Placed(EntityKey guest, string? host)
    {
        if (host is null)
        {
            written.TryRemove(guest, out _);
        }
        else
        {
            written[guest] = (host, clock.GetTimestamp());
        }
    }

    /// <summary>The guests as the store has them, and those that were placed a moment ago where they were placed.</summary>
    public IReadOnlyCollection<VirtualMachine> Newest(IReadOnlyCollection<VirtualMachine> stored)
    {
        foreach (var (guest, last) in written.Where(pair => clock.GetElapsedTime(pair.Value.Time) >= Lag))
        {
            written.TryRemove(KeyValuePair.Create(guest, last));
        }

        return written.IsEmpty
            ? stored
            : [.. stored.Select(machine => machine.Status?.Host is null && written.TryGetValue(EntityKey.Of(machine), out var last) ? At(machine, last.Host) : machine)];
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private static VirtualMachine At(VirtualMachine machine, string host) =>
        new() { Metadata = machine.Metadata, Spec = machine.Spec, Status = (machine.Status ?? new VirtualMachineStatus()) with { Host = host } };
}
