using System.Collections.Concurrent;

namespace KvmOperator.Runtime.Queue;

/// <summary>Counts failures in a row of each key, and knows the delay that follows from them.</summary>
/// <typeparam name="TKey">Names one unit of work.</typeparam>
public sealed class RetryTracker<TKey>(BackoffPolicy policy)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, int> failures = new();

    /// <summary>Notes one more failure; answers how long to wait before the next try.</summary>
    public TimeSpan Failed(TKey key) =>
        policy.Delay(failures.AddOrUpdate(key, 1, (_, before) => before == int.MaxValue ? before : before + 1), Random.Shared.NextDouble());

    /// <summary>The key did well: the next failure is the first again.</summary>
    public void Succeeded(TKey key) => failures.TryRemove(key, out _);
}
