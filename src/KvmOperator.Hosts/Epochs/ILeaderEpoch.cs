namespace KvmOperator.Hosts.Epochs;

/// <summary>Whom this process acts for, as it is known on hosts.</summary>
public interface ILeaderEpoch
{
    /// <summary>The epoch of this leader. It may rise, so ask each time.</summary>
    /// <exception cref="InvalidOperationException">This process does not lead at this moment: nothing may be sent to a host.</exception>
    HostEpoch Current { get; }

    /// <summary>Goes on above an epoch that a host has seen, although this process leads: what the cluster remembered is from before.</summary>
    /// <exception cref="InvalidOperationException">This process does not lead: the host has seen the leader that took over.</exception>
    Task RaiseAboveAsync(long seen, CancellationToken cancellationToken);
}
