using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Fencing;

/// <summary>
/// Shuts a host out of a machine that serves stores by the kernel's NFS server (Linux 5.3 or later, NFS 4.1 or later), and reads whether it is. Every call may be repeated, also while an earlier one is still under way there:
/// all who change exports take one lock. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply; whatever is thrown, nothing is proven.
/// </summary>
public interface IStorageFencing
{
    /// <summary>
    /// Marks the host as fenced, durably, takes it out of the operator's exports and out of the kernel's table, ends its clients, which waits until their last request has ended, and reads what is left, a second time a second later.
    /// The fence stays, also over a restart of the server, until <see cref="UnfenceAsync"/>.
    /// </summary>
    /// <exception cref="CommandFailedException">A later leader fenced it, the fence of this failure was ended before, another is changing the exports, or something could not be written.</exception>
    Task<StorageFenceReading> FenceAsync(IHostShell server, StorageFenceOrder order, CancellationToken cancellationToken);

    /// <summary>Reads what is left, once. Changes nothing.</summary>
    Task<StorageFenceReading> VerifyAsync(IHostShell server, StorageFenceOrder order, CancellationToken cancellationToken);

    /// <summary>Reads what a proof by this server would depend on. Changes nothing.</summary>
    Task<ServerFacts> ReadFactsAsync(IHostShell server, CancellationToken cancellationToken);

    /// <summary>Ends the fence of this failure, and lets no command of it fence the host again. The access itself returns with the store's next check. A host that is not fenced is a success.</summary>
    /// <exception cref="CommandFailedException">The host is fenced for another failure, or by a later leader.</exception>
    Task UnfenceAsync(IHostShell server, StorageFenceOrder order, CancellationToken cancellationToken);
}
