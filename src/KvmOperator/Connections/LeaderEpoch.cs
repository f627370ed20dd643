using KvmOperator.Hosts.Epochs;
using KvmOperator.Runtime.LeaderElection;

namespace KvmOperator.Connections;

/// <summary>The leader of the cluster, as hosts know it.</summary>
internal sealed class LeaderEpoch(ILeadership leadership) : ILeaderEpoch
{
    /// <inheritdoc/>
    public HostEpoch Current => leadership is { IsLeader: true, Epoch: > 0 }
        ? new HostEpoch(leadership.InstallationId, leadership.Epoch)
        : throw new InvalidOperationException("This process does not lead: nothing is sent to a host.");

    /// <inheritdoc/>
    public Task RaiseAboveAsync(long seen, CancellationToken cancellationToken) => leadership.RaiseEpochAboveAsync(seen, cancellationToken);
}
