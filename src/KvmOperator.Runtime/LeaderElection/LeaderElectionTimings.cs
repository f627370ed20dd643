namespace KvmOperator.Runtime.LeaderElection;

/// <summary>How leadership is kept and lost.</summary>
/// <param name="LeaseDuration">Others wait so long after the last sign of life before they take over.</param>
/// <param name="RenewDeadline">A leader that could not renew for so long gives up.</param>
/// <param name="RetryPeriod">Between two tries.</param>
public sealed record LeaderElectionTimings(TimeSpan LeaseDuration, TimeSpan RenewDeadline, TimeSpan RetryPeriod)
{
    /// <summary>15 s, 10 s and 2 s, as everywhere in Kubernetes.</summary>
    public static LeaderElectionTimings Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    /// <summary>Refuses timings under which two could lead at once, or nobody for long.</summary>
    /// <exception cref="InvalidOperationException">Not lease &gt; deadline &gt; 1.2 × retry, or a lease that is not of whole seconds.</exception>
    public void Validate()
    {
        if (LeaseDuration <= RenewDeadline || RenewDeadline <= 1.2 * RetryPeriod || RetryPeriod <= TimeSpan.Zero)
        {
            throw new InvalidOperationException($"Leader election wants lease > renew deadline > 1.2 × retry, not {LeaseDuration}, {RenewDeadline}, {RetryPeriod}");
        }

        if (LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw new InvalidOperationException($"A lease is kept in whole seconds, not {LeaseDuration}");
        }
    }
}
