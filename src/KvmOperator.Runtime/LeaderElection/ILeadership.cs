namespace KvmOperator.Runtime.LeaderElection;

/// <summary>Whether this process may act. Of several replicas one may at a time.</summary>
public interface ILeadership
{
    /// <summary>Whether it may act now. Becomes false by the clock alone, also when this process was frozen meanwhile.</summary>
    bool IsLeader { get; }

    /// <summary>Cancelled when leadership was had and lost. It does not come back: the process ends.</summary>
    CancellationToken Lost { get; }

    /// <summary>
    /// The number of this process's reign, for machines outside the cluster that refuse a lower one than they have seen: what a leader of before
    /// has sent, or still sends, is void from then on. One higher than that of the leader before; kept in the Lease, and so lost with it: then
    /// <see cref="RaiseEpochAboveAsync"/>. 0 before leadership. May rise during it, so ask each time.
    /// </summary>
    long Epoch { get; }

    /// <summary>
    /// Tells this installation from others that might act on the same machines: made at random by its first leader and kept in the Lease. A new
    /// one is made when the Lease was deleted and nobody was there to remember. Empty before leadership.
    /// </summary>
    string InstallationId { get; }

    /// <summary>Completes when this process may act for the first time.</summary>
    Task WaitAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes <see cref="Epoch"/> higher than one that was seen on a machine, and keeps it: the Lease, or the whole cluster, was lost or restored,
    /// and what is kept there is from before. Tries until it is written. Does nothing when it is higher already.
    /// </summary>
    /// <param name="seen">The highest epoch of all machines, from 0 to 2^52.</param>
    /// <param name="cancellationToken">Ends the tries.</param>
    /// <returns>The epoch now.</returns>
    /// <exception cref="InvalidOperationException">This process does not lead, or leads no more.</exception>
    Task<long> RaiseEpochAboveAsync(long seen, CancellationToken cancellationToken);
}
