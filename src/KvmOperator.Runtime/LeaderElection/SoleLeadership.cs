namespace KvmOperator.Runtime.LeaderElection;

/// <summary>There is only one replica. Nothing is kept: after a restart the epoch has to be raised above what machines have seen.</summary>
internal sealed class SoleLeadership : ILeadership
{
    private long epoch = 1;

    public bool IsLeader => true;

    public CancellationToken Lost => CancellationToken.None;

    public long Epoch => Interlocked.Read(ref epoch);

    public string InstallationId { get; } = Guid.NewGuid().ToString("N");

    public Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<long> RaiseEpochAboveAsync(long seen, CancellationToken cancellationToken)
    {
        Reign.Check(seen);
        for (var before = Epoch; before <= seen; before = Epoch)
        {
            Interlocked.CompareExchange(ref epoch, seen + 1, before);
        }

        return Task.FromResult(Epoch);
    }
}
