namespace KvmOperator.Runtime.Queue;

/// <summary>How long to wait after failures in a row: doubling, capped, with jitter, and without a limit of tries.</summary>
/// <param name="Base">After the first failure.</param>
/// <param name="Cap">Never longer than this.</param>
/// <param name="Jitter">The share of a delay that chance may take away, 0 to 1, so that keys that failed together do not come back together.</param>
public sealed record BackoffPolicy(TimeSpan Base, TimeSpan Cap, double Jitter)
{
    /// <summary>1 s doubling to 5 min, a fifth of it by chance: made for remote machines rather than for an API.</summary>
    public static BackoffPolicy Default { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), 0.2);

    /// <summary>The delay before the next try.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="chance">From 0 to 1.</param>
    public TimeSpan Delay(int failures, double chance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var doubled = Base.Ticks * Math.Pow(2, failures - 1);
        var capped = Math.Min(doubled, Cap.Ticks);
        return TimeSpan.FromTicks((long)(capped * (1 - (Jitter * chance))));
    }
}
