namespace KvmOperator.Hosts.Libvirt;

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
}
