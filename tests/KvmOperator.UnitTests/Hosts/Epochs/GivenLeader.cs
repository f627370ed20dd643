using KvmOperator.Hosts.Epochs;

namespace KvmOperator.UnitTests.Hosts.Epochs;

/// <summary>Somebody who leads, or does not.</summary>
internal sealed class GivenLeader(EpochRig rig, long epoch) : ILeaderEpoch
{
    public bool Leads { get; set; } = true;

    public long Epoch { get; set; } = epoch;

    public HostEpoch Current => Leads ? rig.Leader(Epoch) : throw new InvalidOperationException("does not lead");

    public Task RaiseAboveAsync(long seen, CancellationToken cancellationToken)
    {
        _ = Current;
        Epoch = Math.Max(Epoch, seen + 1);
        return Task.CompletedTask;
    }
}
