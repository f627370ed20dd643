using System.Collections.Concurrent;
using System.Diagnostics;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>When passes happened.</summary>
internal sealed class PassTimes
{
    private readonly ConcurrentDictionary<EntityKey, long> asked = new();
    private long count;
    private long first;
    private long last;

    public long Count => Interlocked.Read(ref count);

    /// <summary>From the first pass to the latest.</summary>
    public TimeSpan Span => Stopwatch.GetElapsedTime(Interlocked.Read(ref first), Interlocked.Read(ref last));

    public ConcurrentQueue<TimeSpan> Latencies { get; } = new();

    /// <summary>From now on the next pass of a key is an answer to this.</summary>
    public void Ask(EntityKey key) => asked[key] = Stopwatch.GetTimestamp();

    public void Note(EntityKey key)
    {
        if (asked.TryRemove(key, out var since))
        {
            Latencies.Enqueue(Stopwatch.GetElapsedTime(since));
        }

        var now = Stopwatch.GetTimestamp();
        Interlocked.CompareExchange(ref first, now, 0);
        Interlocked.Exchange(ref last, now);
        Interlocked.Increment(ref count);
    }
}
