using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Nfs;

/// <summary>
/// Mounts stores on hosts as systemd units, which return after a restart. Every call may be repeated; none waits longer than a minute for a server that is away.
/// All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
/// </summary>
public interface INfsClient
{
    /// <summary>The mount paths of all stores that the operator mounted on this host.</summary>
    Task<IReadOnlyList<string>> ListAsync(IHostShell host, CancellationToken cancellationToken);

    /// <summary>Compares a mount with what it should be. Changes nothing.</summary>
    Task<StepState> CheckAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken);

    /// <summary>Mounts a store. Options that differ are used from the next mount on when guests keep the present one busy.</summary>
    /// <exception cref="CommandFailedException">It cannot be mounted, or would hide files that are in the folder: then nothing was changed.</exception>
    Task MountAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken);

    /// <summary>Unmounts a store and forgets it. What was mounted there before <see cref="MountAsync"/> stays mounted, and is forgotten all the same. An unknown path is fine.</summary>
    /// <exception cref="CommandFailedException">Something on the host still uses the store, or its server does not answer.</exception>
    Task UnmountAsync(IHostShell host, string mountPath, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="UnmountAsync"/>, for a host that leaves the pool and runs no guest of the operator's: a mount whose server does not answer and where no file is open is
    /// detached, since nothing on the host could end it otherwise. May take two minutes.
    /// </summary>
    /// <exception cref="CommandFailedException">Something on the host still uses the store.</exception>
    Task LeaveAsync(IHostShell host, string mountPath, CancellationToken cancellationToken);

    /// <summary>Writes, locks and reads back a small file as QEMU's user, and reads the store's mark and who that user is.</summary>
    /// <param name="host">The host.</param>
    /// <param name="mountPath">Where the store is mounted.</param>
    /// <param name="knownId">The mark that the store had before: with another one, or none, it is not the same folder, and the test fails. Null when it never had one; then it is made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was found. A store that is full works: its guests read, and stand still when they write.</returns>
    Task<StoreAccess> TestAccessAsync(IHostShell host, string mountPath, string? knownId, CancellationToken cancellationToken);
}
