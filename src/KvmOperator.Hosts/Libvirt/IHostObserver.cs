using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Looks at hosts. Changes nothing.</summary>
public interface IHostObserver
{
    /// <summary>
    /// Everything that is watched all the time, in one round trip of at most 30 seconds. A hung store or a hung libvirt is part of the answer and delays it by seconds only.
    /// All exceptions of <see cref="IHostShell.RunAsync"/> apply.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="mountPaths">The stores to probe.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken);

    /// <summary>Has a listener told what is seen of a host whenever something changed there by itself. It must not block. There is one listener.</summary>
    void Listen(HostTold told);

    /// <summary>Ends what is held on a host that is looked at no longer. Unknown names are ignored.</summary>
    ValueTask ForgetAsync(string host);

    /// <summary>How long ago a host that is listened to last gave a sign of life by itself; null for one that never did, or cannot be listened to. Waits for nothing.</summary>
    TimeSpan? Silence(string host) => null;

    /// <summary>What changes with software and hardware only: versions, processor, addresses. All exceptions of <see cref="IHostShell.RunAsync"/> apply.</summary>
    Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken);
}
