using KvmOperator.Runtime.Monitoring;

namespace KvmOperator.Runtime.Informers;

/// <summary>What the host needs to know of an informer of any kind.</summary>
internal interface IInformer : ILiveness
{
    /// <summary>The kind it watches.</summary>
    string Kind { get; }

    /// <summary>Whether the first full list has been taken in.</summary>
    bool HasSynced { get; }

    /// <summary>Lists and watches until cancelled. Faults of the server or the network never end it.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Completes when the first full list has been taken in.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);
}
