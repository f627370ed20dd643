namespace KvmOperator.Runtime.Queue;

/// <summary>
/// Lets so many keys of one group be worked on at once, for example those whose machine is the same. The others wait here, where they hold no
/// worker, and go back to their queue one by one when there is room: changes before the background, else in the order in which they came.
/// Safe for any number of threads.
/// </summary>
/// <typeparam name="TKey">Names one unit of work.</typeparam>
/// <param name="most">Of one group at once, from 1.</param>
/// <param name="putBack">Adds a key to the queue for which there is room now. Must be quick.</param>
internal sealed class ConcurrencyLimit<TKey>(int most, Action<TKey, QueuePriority> putBack)
    where TKey : notnull
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, Group> groups = new(StringComparer.Ordinal);

    // A key that was put back has its place already: it counts, so that nobody else can take it meanwhile.
    private readonly Dictionary<TKey, string> granted = [];

    /// <summary>Whether the work on a key may begin; then <see cref="Leave"/> has to follow. If not, the key is kept until there is room.</summary>
    /// <param name="key">The key.</param>
    /// <param name="group">Its group now; null for none, which has no limit.</param>
    /// <param name="priority">How it was asked for.</param>
    public bool TryEnter(TKey key, string? group, QueuePriority priority)
    {
        lock (guard)
        {
            if (granted.Remove(key, out var place))
            {
                if (string.Equals(place, group, StringComparison.Ordinal))
                {
                    return true;
                }

                // It belongs elsewhere by now.
                LeaveLocked(place);
            }

            if (group is null)
            {
                return true;
            }

            if (!groups.TryGetValue(group, out var there))
            {
                groups[group] = there = new Group();
            }

            if (there.Running < most)
            {
                there.Running++;
                return true;
            }

            there.Park(key, priority);
            return false;
        }
    }

    /// <summary>Ends the work on a key of a group.</summary>
    public void Leave(string? group)
    {
        if (group is not null)
        {
            lock (guard)
            {
                LeaveLocked(group);
            }
        }
    }

    private void LeaveLocked(string group)
    {
        var there = groups[group];
        while (there.TakeParked() is { } next)
        {
            // One that has a place elsewhere comes anyway, and asks anew when it belongs here.
            if (granted.TryAdd(next.Key, group))
            {
                putBack(next.Key, next.Priority);
                return;
            }
        }

        if (--there.Running == 0)
        {
            groups.Remove(group);
        }
    }

    private sealed class Group
    {
        private readonly Dictionary<TKey, QueuePriority> parked = [];
        private readonly Queue<TKey> live = new();
        private readonly Queue<TKey> background = new();

        public int Running { get; set; }

        public void Park(TKey key, QueuePriority priority)
        {
            if (!parked.TryGetValue(key, out var before) || priority > before)
            {
                parked[key] = priority;
                (priority == QueuePriority.Live ? live : background).Enqueue(key);
            }
        }

        public (TKey Key, QueuePriority Priority)? TakeParked()
        {
            while (live.TryDequeue(out var key) || background.TryDequeue(out key))
            {
                if (parked.Remove(key, out var priority))
                {
                    return (key, priority);
                }
            }

            return null;
        }
    }
}
