using KvmOperator.Planning.Failover;

namespace KvmOperator.Failover;

/// <summary>Which effects are under way, and which wait before they are tried again. Losing it costs one early try, nothing else. Safe for any number of threads.</summary>
internal sealed class EffectTries(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Try> tries = new(StringComparer.Ordinal);

    /// <summary>The keys of effects that are not to be sent now.</summary>
    public IReadOnlySet<string> Busy
    {
        get
        {
            lock (gate)
            {
                return tries.Where(pair => IsBusy(pair.Value)).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
            }
        }
    }

    /// <summary>An effect begins, unless one of its key is under way or waits.</summary>
    /// <returns>Whether it may.</returns>
    public bool Begin(string key)
    {
        lock (gate)
        {
            var known = tries.GetValueOrDefault(key, new Try(false, 0, 0, TimeSpan.Zero));
            if (IsBusy(known))
            {
                return false;
            }

            tries[key] = known with { IsUnderWay = true };
            return true;
        }
    }

    /// <summary>It ended. After a failure the next try waits, longer each time.</summary>
    public void End(string key, bool isDone, FailoverBudgets budgets)
    {
        lock (gate)
        {
            if (isDone)
            {
                tries.Remove(key);
                return;
            }

            var count = tries.GetValueOrDefault(key, new Try(true, 0, 0, TimeSpan.Zero)).Count + 1;
            tries[key] = new Try(false, count, clock.GetTimestamp(), budgets.RetryAfter(count));
        }
    }

    private bool IsBusy(Try known) => known.IsUnderWay || (known.Count > 0 && clock.GetElapsedTime(known.Ended) < known.Wait);

    /// <summary>What is known of an effect.</summary>
    /// <param name="IsUnderWay">Whether it goes on.</param>
    /// <param name="Count">How often in a row it failed.</param>
    /// <param name="Ended">When it failed last.</param>
    /// <param name="Wait">How long the next try waits from then on.</param>
    private readonly record struct Try(bool IsUnderWay, int Count, long Ended, TimeSpan Wait);
}
