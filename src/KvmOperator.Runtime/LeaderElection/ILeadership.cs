namespace KvmOperator.Runtime.LeaderElection;

/// <summary>Whether this process may act. Of several replicas one may at a time.</summary>
public interface ILeadership
{
    /// <summary>Whether it may act now. Becomes false by the clock alone, also when this process was frozen meanwhile.</summary>
    bool IsLeader { get; }

    /// <summary>Cancelled when leadership was had and lost. It does not come back: the process ends.</summary>
    CancellationToken Lost { get; }

    /// <summary>Completes when this process may act for the first time.</summary>
    Task WaitAsync(CancellationToken cancellationToken);
}
