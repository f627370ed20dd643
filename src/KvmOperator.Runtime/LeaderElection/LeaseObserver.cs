namespace KvmOperator.Runtime.LeaderElection;

/// <summary>Decides whether a lease may be taken: from when it was last seen to change, by our own clock.</summary>
/// <param name="identity">Who asks.</param>
/// <param name="clock">Our own clock.</param>
internal sealed class LeaseObserver(string identity, TimeProvider clock)
{
    private LeaseRecord? seen;
    private long seenSince;

    /// <summary>Whether the record, as just read, is ours already, free, or left by a holder that gave no sign of life for its duration.</summary>
    public bool MayTake(LeaseRecord record)
    {
        if (!string.Equals(seen?.ResourceVersion, record.ResourceVersion, StringComparison.Ordinal))
        {
            seen = record;
            seenSince = clock.GetTimestamp();
        }

        return IsOurs(record) || record.Holder.Length == 0 || clock.GetElapsedTime(seenSince) >= record.Duration;
    }

    /// <summary>How long until the lease that was seen last may be taken if its holder gives no further sign of life; zero or less when it may be now.</summary>
    public TimeSpan UntilFree => seen is null ? TimeSpan.Zero : seen.Duration - clock.GetElapsedTime(seenSince);

    /// <summary>Whether the record names us as the holder.</summary>
    public bool IsOurs(LeaseRecord record) => string.Equals(record.Holder, identity, StringComparison.Ordinal);
}
