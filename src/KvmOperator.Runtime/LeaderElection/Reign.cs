namespace KvmOperator.Runtime.LeaderElection;

/// <summary>What a leader is known by outside the cluster.</summary>
/// <param name="Epoch">Higher than that of every leader before.</param>
/// <param name="InstallationId">The same for all leaders of one installation.</param>
internal sealed record Reign(long Epoch, string InstallationId)
{
    /// <summary>Leaves room to count on, in any script that does.</summary>
    public const long HighestEpoch = 1L << 52;

    /// <summary>Refuses what cannot be an epoch that was seen.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 0 or too high.</exception>
    public static void Check(long seen)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seen);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seen, HighestEpoch);
    }
}
