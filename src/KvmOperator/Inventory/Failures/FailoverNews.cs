using System.Collections.Concurrent;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Inventory.Failures;

/// <summary>What guests of failed hosts wait for at present, in words, for whoever tells people. Losing it costs the words until the next decision, nothing else. Safe for any number of threads.</summary>
internal sealed class FailoverNews
{
    private readonly ConcurrentDictionary<EntityKey, string> guests = new();

    /// <summary>What a guest waits for; null when nothing was said of it.</summary>
    public string? Of(EntityKey guest) => guests.GetValueOrDefault(guest);

    /// <summary>Keeps what was decided for a guest.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Told(EntityKey guest, string message)
    {
        var isNews = Of(guest) != message;
        guests[guest] = message;
        return isNews;
    }

    /// <summary>Nothing is decided for the guest any more.</summary>
    public void Forget(EntityKey guest) => guests.TryRemove(guest, out _);
}
