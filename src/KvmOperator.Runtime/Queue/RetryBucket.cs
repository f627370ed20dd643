namespace KvmOperator.Runtime.Queue;

/// <summary>
/// Keeps tries of many keys together from coming all at once, as after an outage that everybody saw: so many at once, then so many a second.
/// Safe for any number of threads.
/// </summary>
/// <param name="perSecond">Tries a second, lastingly.</param>
/// <param name="burst">Tries at once, after a quiet time.</param>
/// <param name="longest">Nothing is put off for longer: what is beyond that comes then.</param>
/// <param name="clock">Fills the bucket.</param>
public sealed class RetryBucket(double perSecond, int burst, TimeSpan longest, TimeProvider clock)
{
    private readonly Lock guard = new();
    private double tokens = burst;
    private long filledAt = clock.GetTimestamp();

    /// <summary>Takes a place; answers how long to wait for it.</summary>
    public TimeSpan Reserve()
    {
        lock (guard)
        {
            var now = clock.GetTimestamp();
            tokens = Math.Min(burst, tokens + (clock.GetElapsedTime(filledAt, now).TotalSeconds * perSecond)) - 1;
            filledAt = now;
            tokens = Math.Max(tokens, -longest.TotalSeconds * perSecond);
            return tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-tokens / perSecond);
        }
    }
}
