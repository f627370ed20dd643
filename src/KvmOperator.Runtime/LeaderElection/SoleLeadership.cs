namespace KvmOperator.Runtime.LeaderElection;

/// <summary>There is only one replica.</summary>
internal sealed class SoleLeadership : ILeadership
{
    public bool IsLeader => true;

    public CancellationToken Lost => CancellationToken.None;

    public Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
