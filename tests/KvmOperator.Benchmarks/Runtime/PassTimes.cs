using System.Collections.Concurrent;
using System.Diagnostics;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>When passes happened.</summary>
internal sealed class PassTimes
{
    private readonly ConcurrentDictionary<EntityKey, long> asked = new();
    private long count;

    public long Count => Interlocked.Read(ref count);

    public ConcurrentQueue<TimeSpan> Latencies { get; } = new();

    /// <summary>From now on the next pass of a key is an answer to this.</summary>
    public void Ask(EntityKey key) => asked[key] = Stopwatch.GetTimestamp();

    public void Note(EntityKey key)
    {
        if (asked.TryRemove(key, out var since))
        {
            Latencies.Enqueue(Stopwatch.GetElapsedTime(since));
        }

        Interlocked.Increment(ref count);
    }
}
