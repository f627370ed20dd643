using System.Collections.Concurrent;
using KvmOperator.Runtime.Api;

namespace KvmOperator.VirtualMachines;

/// <summary>What the operator remembers of guests between two passes. Losing it costs one more question to a host, nothing else.</summary>
internal sealed class GuestMemory(TimeProvider clock)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AddressInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<EntityKey, (string Subject, long Time)> definitions = new();
    private readonly ConcurrentDictionary<EntityKey, long> addresses = new();

    /// <summary>Whether the definition was compared not long ago with the same spec on the same host.</summary>
    public bool IsCompared(EntityKey guest, string subject) =>
        definitions.TryGetValue(guest, out var last) && last.Subject == subject && clock.GetElapsedTime(last.Time) < CheckInterval;

    /// <summary>Remembers a comparison.</summary>
    public void Compared(EntityKey guest, string subject) => definitions[guest] = (subject, clock.GetTimestamp());

    /// <summary>Whether its addresses were read not long ago.</summary>
    public bool HasAddresses(EntityKey guest) => addresses.TryGetValue(guest, out var last) && clock.GetElapsedTime(last) < AddressInterval;

    /// <summary>Remembers that its addresses were read.</summary>
    public void ReadAddresses(EntityKey guest) => addresses[guest] = clock.GetTimestamp();

    /// <summary>Forgets a guest that was started anew, moved, or is gone.</summary>
    public void Forget(EntityKey guest)
    {
        definitions.TryRemove(guest, out _);
        addresses.TryRemove(guest, out _);
    }
}
