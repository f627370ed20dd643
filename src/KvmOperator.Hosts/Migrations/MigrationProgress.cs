namespace KvmOperator.Hosts.Migrations;

/// <summary>How far a move is, or, when it is completed, how it went. All amounts in bytes.</summary>
/// <param name="Total">Everything that has to move.</param>
/// <param name="Processed">What was sent, repetitions included.</param>
/// <param name="Remaining">What is still to be sent; can grow.</param>
/// <param name="BytesPerSecond">The speed.</param>
/// <param name="DirtyBytesPerSecond">How fast the guest makes sent memory stale; 0 while unknown.</param>
/// <param name="Iteration">How often all of the memory was gone through.</param>
/// <param name="Elapsed">Since the move began.</param>
/// <param name="Downtime">How long the guest stood still, or will by expectation; null while unknown.</param>
public sealed record MigrationProgress(
    long Total, long Processed, long Remaining, long BytesPerSecond, long DirtyBytesPerSecond, int Iteration, TimeSpan Elapsed, TimeSpan? Downtime)
{
    /// <summary>
    /// Progress in percent, below 100 until the end. It can fall, because the guest goes on writing: whoever shows it keeps the highest.
    /// </summary>
    public int Percent => Total <= 0 ? 0 : (int)Math.Clamp(100 * (Total - Remaining) / Total, 0, 99);

    /// <summary>Out of libvirt's statistics of a job.</summary>
    /// <param name="isActive">Whether libvirt says that there is a job.</param>
    /// <param name="read">Gives a value by libvirt's name for it; null when it is not there.</param>
    /// <returns>Null when no job runs, or none has been completed.</returns>
    internal static MigrationProgress? From(bool isActive, Func<string, long?> read)
    {
        long Amount(string name) => read(name) ?? 0;
        if (!isActive && Amount("data_total") == 0)
        {
            return null;
        }

        return new MigrationProgress(
            Amount("data_total"),
            Amount("data_processed"),
            Amount("data_remaining"),
            Amount("memory_bps"),
            Amount("memory_dirty_rate") * Math.Max(Amount("memory_page_size"), 1),
            (int)Amount("memory_iteration"),
            TimeSpan.FromMilliseconds(Amount("time_elapsed")),
            read("downtime") is { } downtime ? TimeSpan.FromMilliseconds(downtime) : null);
    }
}
