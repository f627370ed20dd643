namespace KvmOperator.Runtime.Queue;

/// <summary>
/// Keys that wait for work. Fair: order of arrival within a priority, and background work gets its share. Stingy: a key that is added many
/// times before it is taken is handed out once. Serial: a key that is being worked on is not handed out again before <see cref="Done"/>;
/// what was added meanwhile comes back then. Any number of producers and consumers.
/// </summary>
/// <typeparam name="TKey">Names one unit of work.</typeparam>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    /// <summary>So many live keys go before one background key goes too.</summary>
    private const int LiveKeysPerBackgroundKey = 8;

    /// <summary>So many tickets of delays that no longer count are always let stand.</summary>
    private const int MostVoidDelays = 64;

    /// <summary>Timers know no more than some weeks; one that fires before its time is set anew.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>No process lives to see the end of it, and a time stamp holds it.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(36500);

    private readonly Lock guard = new();
    private readonly Dictionary<TKey, Entry> entries = [];
    private readonly HashSet<Entry> processing = [];
    private readonly Queue<Ticket> live = new();
    private readonly Queue<Ticket> background = new();
    private readonly PriorityQueue<Ticket, long> delayed = new();
    private readonly SemaphoreSlim available = new(0);
    private readonly TimeProvider clock;
    private readonly IWorkQueueObserver observer;
    private readonly ITimer timer;
    private long lastTicket;
    private int liveInARow;
    private int depth;
    private int voidDelays;
    private long armedFor = long.MaxValue;

    /// <summary>Creates an empty queue.</summary>
    /// <param name="clock">Measures delays and waiting times.</param>
    /// <param name="observer">Told of everything that dashboards want to know.</param>
    public WorkQueue(TimeProvider clock, IWorkQueueObserver observer)
    {
        ArgumentNullException.ThrowIfNull(clock);
        this.clock = clock;
        this.observer = observer;
        timer = clock.CreateTimer(_ => MoveDueKeys(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many keys could be taken now.</summary>
    public int Count
    {
        get
        {
            lock (guard)
            {
                return depth;
            }
        }
    }

    /// <summary>How many delays are remembered, those that no longer count included.</summary>
    internal int Delays
    {
        get
        {
            lock (guard)
            {
                return delayed.Count;
            }
        }
    }

    /// <summary>Asks for work on a key as soon as possible.</summary>
    public void Add(TKey key, QueuePriority priority = QueuePriority.Live)
    {
        lock (guard)
        {
            AddLocked(key, priority);
        }
    }

    /// <summary>
    /// Asks for work on a key after a while. Of several delays the shortest counts, with its priority; taking the key forgets them.
    /// </summary>
    public void AddAfter(TKey key, TimeSpan delay, QueuePriority priority = QueuePriority.Live)
    {
        lock (guard)
        {
            AddAfterLocked(key, delay, priority);
        }
    }

    /// <summary>
    /// Asks for work on a key that was just worked on, after a while, with the priority that it was taken with: what somebody waits for does
    /// not fall behind because it failed, and what nobody waits for does not get ahead.
    /// </summary>
    public void Retry(TKey key, TimeSpan delay)
    {
        lock (guard)
        {
            AddAfterLocked(key, delay, entries.GetValueOrDefault(key)?.Priority ?? QueuePriority.Live);
        }
    }

    /// <summary>Waits for a key and takes it. The taker must say <see cref="Done"/> when the work has ended, however it ended.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first; no key was taken.</exception>
    public async Task<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        await available.WaitAsync(cancellationToken);
        lock (guard)
        {
            var entry = NextLocked(out var key);
            var now = clock.GetTimestamp();
            depth--;
            entry.Ticket = null;
            ForgetDelay(entry);
            entry.IsProcessing = true;
            processing.Add(entry);
            entry.Started = now;
            observer.Taken(clock.GetElapsedTime(entry.Queued, now), depth);
            return key;
        }
    }

    /// <summary>Ends the work on a key that was taken.</summary>
    public void Done(TKey key)
    {
        lock (guard)
        {
            if (!entries.TryGetValue(key, out var entry) || !entry.IsProcessing)
            {
                throw new InvalidOperationException($"{key} is not being worked on");
            }

            observer.Done(clock.GetElapsedTime(entry.Started));
            EndLocked(key, entry);
        }
    }

    /// <summary>The priority with which a key was taken that is being worked on.</summary>
    internal QueuePriority PriorityOf(TKey key)
    {
        lock (guard)
        {
            return entries[key].Priority;
        }
    }

    /// <summary>Ends the taking of a key that was not worked on after all: somebody else adds it again.</summary>
    internal void PutBack(TKey key)
    {
        lock (guard)
        {
            EndLocked(key, entries[key]);
        }
    }

    /// <summary>For how long each key that is being worked on has been.</summary>
    public IReadOnlyCollection<TimeSpan> RunningFor()
    {
        lock (guard)
        {
            return [.. processing.Select(entry => clock.GetElapsedTime(entry.Started))];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        available.Dispose();
    }

    private void EndLocked(TKey key, Entry entry)
    {
        entry.IsProcessing = false;
        processing.Remove(entry);
        if (entry.AddedMeanwhile is { } priority)
        {
            entry.AddedMeanwhile = null;
            AddLocked(key, priority);
        }

        ForgetIfIdle(key, entry);
    }

    private void AddAfterLocked(TKey key, TimeSpan delay, QueuePriority priority)
    {
        if (delay <= TimeSpan.Zero)
        {
            AddLocked(key, priority);
            return;
        }

        var due = clock.GetTimestamp() + ToTimestamp(delay < LongestDelay ? delay : LongestDelay);
        var entry = EntryOf(key);
        if (entry.DelayTicket is not null && entry.Due <= due)
        {
            return;
        }

        ForgetDelay(entry);
        entry.Due = due;
        entry.DelayPriority = priority;
        entry.DelayTicket = ++lastTicket;
        delayed.Enqueue(new Ticket(key, lastTicket), due);
        ForgetVoidDelays();
        ArmTimer();
    }

    private void AddLocked(TKey key, QueuePriority priority)
    {
        var entry = EntryOf(key);
        if (entry.IsProcessing)
        {
            entry.AddedMeanwhile = entry.AddedMeanwhile is { } before && before > priority ? before : priority;
            return;
        }

        if (entry.Ticket is null)
        {
            entry.Queued = clock.GetTimestamp();
            Enqueue(key, entry, priority);
            depth++;
            observer.Added(depth);
            available.Release();
        }
        else if (priority > entry.Priority)
        {
            // The old place in the background is void: its ticket no longer counts.
            Enqueue(key, entry, priority);
        }
    }

    private void Enqueue(TKey key, Entry entry, QueuePriority priority)
    {
        entry.Priority = priority;
        entry.Ticket = ++lastTicket;
        (priority == QueuePriority.Live ? live : background).Enqueue(new Ticket(key, lastTicket));
    }

    private Entry NextLocked(out TKey key)
    {
        while (true)
        {
            var fromBackground = live.Count == 0 || (liveInARow >= LiveKeysPerBackgroundKey && background.Count > 0);
            liveInARow = fromBackground ? 0 : liveInARow + 1;
            var ticket = (fromBackground ? background : live).Dequeue();
            if (entries.TryGetValue(ticket.Key, out var entry) && entry.Ticket == ticket.Number)
            {
                key = ticket.Key;
                return entry;
            }
        }
    }

    private void MoveDueKeys()
    {
        lock (guard)
        {
            var now = clock.GetTimestamp();
            while (delayed.TryPeek(out var ticket, out var due) && due <= now)
            {
                delayed.Dequeue();
                if (entries.TryGetValue(ticket.Key, out var entry) && entry.DelayTicket == ticket.Number)
                {
                    entry.DelayTicket = null;
                    AddLocked(ticket.Key, entry.DelayPriority);
                }
                else
                {
                    voidDelays--;
                }
            }

            armedFor = long.MaxValue;
            ArmTimer();
        }
    }

    private void ArmTimer()
    {
        // Most delays are longer than the shortest one, and a timer is not cheap to set.
        if (delayed.TryPeek(out _, out var due) && due < armedFor)
        {
            armedFor = due;
            var wait = clock.GetElapsedTime(clock.GetTimestamp(), due);
            // Whole milliseconds are what timers know: rounded up, or the timer would fire before the key is due.
            var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, LongestWait.TotalMilliseconds);
            timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
        }
    }

    private void ForgetDelay(Entry entry)
    {
        if (entry.DelayTicket is not null)
        {
            entry.DelayTicket = null;
            voidDelays++;
        }
    }

    /// <summary>A key that is woken before its delay is over leaves a ticket behind, for hours when delays are long: they go when they are the most.</summary>
    private void ForgetVoidDelays()
    {
        if (voidDelays <= MostVoidDelays + (delayed.Count / 2))
        {
            return;
        }

        var valid = delayed.UnorderedItems
            .Where(item => entries.TryGetValue(item.Element.Key, out var entry) && entry.DelayTicket == item.Element.Number)
            .ToArray();
        delayed.Clear();
        delayed.EnqueueRange(valid);
        voidDelays = 0;
    }

    private Entry EntryOf(TKey key)
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            entry = new Entry();
            entries.Add(key, entry);
        }

        return entry;
    }

    private void ForgetIfIdle(TKey key, Entry entry)
    {
        if (entry is { IsProcessing: false, Ticket: null, DelayTicket: null })
        {
            entries.Remove(key);
        }
    }

    private long ToTimestamp(TimeSpan span) => (long)(span.TotalSeconds * clock.TimestampFrequency);

    private readonly record struct Ticket(TKey Key, long Number);

    private sealed class Entry
    {
        public QueuePriority Priority { get; set; }

        /// <summary>The place in a queue that counts; null when the key does not wait.</summary>
        public long? Ticket { get; set; }

        /// <summary>The delay that counts; null when there is none.</summary>
        public long? DelayTicket { get; set; }

        public long Due { get; set; }

        public QueuePriority DelayPriority { get; set; }

        public long Queued { get; set; }

        public long Started { get; set; }

        public bool IsProcessing { get; set; }

        public QueuePriority? AddedMeanwhile { get; set; }
    }
}
