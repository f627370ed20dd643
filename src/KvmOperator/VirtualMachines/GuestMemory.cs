using System.Collections.Concurrent;
using KvmOperator.Runtime.Api;

namespace KvmOperator.VirtualMachines;

/// <summary>What the operator remembers of guests between two passes. Losing it costs one more question to a host, nothing else.</summary>
internal sealed class GuestMemory(TimeProvider clock)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AddressInterval = TimeSpan.FromMinutes(1);

    /// <summary>So long after its start a guest is expected to get an address, and asked for it often.</summary>
    private static readonly TimeSpan AddressExpected = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<EntityKey, (string Subject, long Time)> definitions = new();
    private readonly ConcurrentDictionary<EntityKey, long> addresses = new();
    private readonly ConcurrentDictionary<EntityKey, (string Subject, int Count, DateTimeOffset Next)> refusedStarts = new();

    /// <summary>Whether the definition was compared not long ago with the same spec on the same host.</summary>
    public bool IsCompared(EntityKey guest, string subject) =>
        definitions.TryGetValue(guest, out var last) && last.Subject == subject && clock.GetElapsedTime(last.Time) < CheckInterval;

    /// <summary>Remembers a comparison.</summary>
    public void Compared(EntityKey guest, string subject) => definitions[guest] = (subject, clock.GetTimestamp());

    /// <summary>Whether its addresses were read not long ago: a minute, but for one that has none soon after its start. One that never gets any is not asked all the time.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="hasAny">Whether it has an address.</param>
    /// <param name="started">When it was started; null when that is not known.</param>
    public bool HasAddresses(EntityKey guest, bool hasAny, DateTime? started) =>
        addresses.TryGetValue(guest, out var last) && clock.GetElapsedTime(last) < (IsExpected(hasAny, started) ? TimeSpan.Zero : AddressInterval);

    /// <summary>Whether a guest without an address should have one any moment.</summary>
    public bool IsExpected(bool hasAny, DateTime? started) => !hasAny && started is { } time && clock.GetUtcNow().UtcDateTime - time < AddressExpected;

    /// <summary>Remembers that its addresses were read.</summary>
    public void ReadAddresses(EntityKey guest) => addresses[guest] = clock.GetTimestamp();

    /// <summary>When a guest that its host refused to start is started again; null for at once. Another spec, or another host, is tried at once.</summary>
    public DateTimeOffset? NextStart(EntityKey guest, string subject) =>
        refusedStarts.TryGetValue(guest, out var last) && last.Subject == subject && last.Next > clock.GetUtcNow() ? last.Next : null;

    /// <summary>Remembers that a host refused to start a guest.</summary>
    /// <returns>When it is to be tried again: later each time.</returns>
    public DateTimeOffset RefusedStart(EntityKey guest, string subject)
    {
        var count = refusedStarts.TryGetValue(guest, out var last) && last.Subject == subject ? last.Count + 1 : 1;
        var next = clock.GetUtcNow() + GuestDecisions.BackOffAfter(count);
        refusedStarts[guest] = (subject, count, next);
        return next;
    }

    /// <summary>Remembers that a guest was started.</summary>
    public void Started(EntityKey guest) => refusedStarts.TryRemove(guest, out _);

    /// <summary>Forgets a guest that was started anew, moved, or is gone.</summary>
    public void Forget(EntityKey guest)
    {
        definitions.TryRemove(guest, out _);
        addresses.TryRemove(guest, out _);
        refusedStarts.TryRemove(guest, out _);
    }
}
