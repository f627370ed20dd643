using System.Collections.Concurrent;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Runtime.Api;
using KvmOperator.VirtualMachines.Kept;

namespace KvmOperator.VirtualMachines;

/// <summary>What the operator remembers of guests between two passes. Losing it costs one more question to a host, nothing else.</summary>
internal sealed class GuestMemory(TimeProvider clock)
{
    /// <summary>Whatever is asked now and then is asked at every pass that is due because nothing else happened (<see cref="GuestIntervals.Watch"/>).</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(4);

    /// <summary>So long after its start a guest is expected to get an address any moment, and asked for it often.</summary>
    private static readonly TimeSpan AddressExpected = TimeSpan.FromMinutes(2);

    /// <summary>So long after its start a slow one may still get it, and is asked now and then.</summary>
    private static readonly TimeSpan AddressPossible = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<EntityKey, (string Subject, long Time)> definitions = new();
    private readonly ConcurrentDictionary<EntityKey, (KeptSubject Subject, string Content, long Time)> kept = new();
    private readonly ConcurrentDictionary<EntityKey, long> addresses = new();
    /// <summary>Copies that broke off are made again after this time, and after twice as long each time, up to the longest.</summary>
    private static readonly TimeSpan FirstCopyAgain = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestCopyAgain = TimeSpan.FromHours(1);

    /// <summary>A guest that stood still again is resumed after this time, and after twice as long each time, up to the longest.</summary>
    private static readonly TimeSpan FirstResumeAgain = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestResumeAgain = TimeSpan.FromMinutes(5);

    /// <summary>A guest that was asked to shut down and still runs may have had no ears yet, and is asked again after this time.</summary>
    private static readonly TimeSpan ShutdownAgain = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<EntityKey, long> shutdowns = new();
    private readonly ConcurrentDictionary<EntityKey, (string Subject, int Count, DateTimeOffset Next)> refusedStarts = new();
    private readonly ConcurrentDictionary<EntityKey, (string Subject, int Count, DateTimeOffset Next, string Failure)> failedDisks = new();
    private readonly ConcurrentDictionary<EntityKey, (int Count, DateTimeOffset Next)> resumed = new();

    /// <summary>Whether the definition was compared not long ago with the same spec on the same host.</summary>
    public bool IsCompared(EntityKey guest, string subject) =>
        definitions.TryGetValue(guest, out var last) && last.Subject == subject && clock.GetElapsedTime(last.Time) < CheckInterval;

    /// <summary>Remembers a comparison.</summary>
    public void Compared(EntityKey guest, string subject) => definitions[guest] = (subject, clock.GetTimestamp());

    /// <summary>Whether what the guest is was kept not long ago, and nothing of this is otherwise since then.</summary>
    public bool IsKept(EntityKey guest, KeptSubject subject) => kept.TryGetValue(guest, out var last) && last.Subject.Covers(subject) && clock.GetElapsedTime(last.Time) < CheckInterval;

    /// <summary>Whether this very content was kept last.</summary>
    public bool IsKept(EntityKey guest, string content) => kept.TryGetValue(guest, out var last) && last.Content == content;

    /// <summary>Remembers what was kept of a guest.</summary>
    public void Kept(EntityKey guest, KeptSubject subject, string content) => kept[guest] = (subject, content, clock.GetTimestamp());

    /// <summary>Whether its addresses were read not long ago. One without an address is asked often soon after its start; one that never gets any is not asked all the time.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="hasAny">Whether it has an address.</param>
    /// <param name="started">When it was started; null when that is not known.</param>
    public bool HasAddresses(EntityKey guest, bool hasAny, DateTime? started) =>
        addresses.TryGetValue(guest, out var last) && clock.GetElapsedTime(last) < (UntilAddressExpected(hasAny, started) ?? CheckInterval);

    /// <summary>When a guest without an address is to be asked for it again; null when none is expected.</summary>
    /// <param name="hasAny">Whether it has an address.</param>
    /// <param name="started">When it was started; null when that is not known.</param>
    public TimeSpan? UntilAddressExpected(bool hasAny, DateTime? started) => (hasAny, clock.GetUtcNow().UtcDateTime - started) switch
    {
        (false, { } age) when age < AddressExpected => GuestIntervals.Retry,
        (false, { } age) when age < AddressPossible => GuestIntervals.Person,
        _ => null,
    };

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
        var next = clock.GetUtcNow() + GuestLifecycle.BackOffAfter(count);
        refusedStarts[guest] = (subject, count, next);
        return next;
    }

    /// <summary>Why disks that broke off are not made again yet; null when they may be. Another spec, and another host, is tried at once.</summary>
    public string? NextDisks(EntityKey guest, string subject) =>
        failedDisks.TryGetValue(guest, out var last) && last.Subject == subject && last.Next > clock.GetUtcNow() ? last.Failure : null;

    /// <summary>Remembers that disks broke off while they were made.</summary>
    /// <returns>What is said of it until they are made again: later each time.</returns>
    public string FailedDisks(EntityKey guest, string subject, string failure)
    {
        var count = failedDisks.TryGetValue(guest, out var last) && last.Subject == subject ? last.Count + 1 : 1;
        var next = clock.GetUtcNow() + Later(FirstCopyAgain, count, LongestCopyAgain);
        var said = $"{failure} It is tried again at {next:HH:mm:ss} UTC, or as soon as the spec is changed.";
        failedDisks[guest] = (subject, count, next, said);
        return said;
    }

    /// <summary>Remembers that disks were made.</summary>
    public void MadeDisks(EntityKey guest) => failedDisks.TryRemove(guest, out _);

    /// <summary>Whether a guest whose disks could not be written may be resumed now: later each time that it stood still again soon.</summary>
    public bool MayResume(EntityKey guest) => !resumed.TryGetValue(guest, out var last) || last.Next <= clock.GetUtcNow();

    /// <summary>Remembers that a guest was resumed.</summary>
    public void Resumed(EntityKey guest)
    {
        // Whoever went on for a good while since has nothing to do with the last time.
        var count = resumed.TryGetValue(guest, out var last) && clock.GetUtcNow() - last.Next < LongestResumeAgain ? last.Count + 1 : 1;
        resumed[guest] = (count, clock.GetUtcNow() + Later(FirstResumeAgain, count, LongestResumeAgain));
    }

    /// <summary>Whether a guest that is to shut down is to be asked now: at first, and now and then while it runs on.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="isFirst">Whether nobody has asked it yet.</param>
    public bool IsShutdownDue(EntityKey guest, bool isFirst) => isFirst || !shutdowns.TryGetValue(guest, out var last) || clock.GetElapsedTime(last) >= ShutdownAgain;

    /// <summary>Remembers that a guest was asked to shut down.</summary>
    public void ShutDown(EntityKey guest) => shutdowns[guest] = clock.GetTimestamp();

    private static TimeSpan Later(TimeSpan first, int count, TimeSpan longest) => TimeSpan.FromTicks(Math.Min(longest.Ticks, first.Ticks << Math.Min(count - 1, 16)));

    /// <summary>Remembers that a guest was started.</summary>
    public void Started(EntityKey guest) => refusedStarts.TryRemove(guest, out _);

    /// <summary>Forgets a guest that was started anew, moved, or is gone.</summary>
    public void Forget(EntityKey guest)
    {
        definitions.TryRemove(guest, out _);
        kept.TryRemove(guest, out _);
        addresses.TryRemove(guest, out _);
        refusedStarts.TryRemove(guest, out _);
        failedDisks.TryRemove(guest, out _);
        resumed.TryRemove(guest, out _);
        shutdowns.TryRemove(guest, out _);
    }
}
