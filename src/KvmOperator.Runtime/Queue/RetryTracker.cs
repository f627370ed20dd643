using System.Collections.Concurrent;

namespace KvmOperator.Runtime.Queue;

/// <summary>Counts failures in a row of each key, and knows the delay that follows from them: the key's own, or that of the bucket of all when it is longer.</summary>
/// <typeparam name="TKey">Names one unit of work.</typeparam>
/// <param name="policy">The delays of one key.</param>
/// <param name="bucket">Shared by all keys; null for none.</param>
public sealed class RetryTracker<TKey>(BackoffPolicy policy, RetryBucket? bucket = null)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, int> failures = new();

    /// <summary>Notes one more failure; answers how long to wait before the next try.</summary>
    public TimeSpan Failed(TKey key)
    {
        var own = policy.Delay(failures.AddOrUpdate(key, 1, (_, before) => before == int.MaxValue ? before : before + 1), Random.Shared.NextDouble());
        var shared = bucket?.Reserve() ?? TimeSpan.Zero;
        return own > shared ? own : shared;
    }

    /// <summary>The key did well: the next failure is the first again.</summary>
    public void Succeeded(TKey key) => failures.TryRemove(key, out _);
}
