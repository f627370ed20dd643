using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Fencing;

/// <summary>Ends what a host that was shut out still has of the operator's guests. Every call may be repeated. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply; whatever is thrown, the host is not clean.</summary>
public interface IHostCleaning
{
    /// <summary>Ends the operator's guests there, and waits until their processes are gone. Domains of others are left alone.</summary>
    Task DestroyAsync(IHostShell host, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="DestroyAsync"/>; and ends the operator's jobs, removes saved states and definitions, and unmounts the stores, not lazily. Variables of firmware and the state of TPMs stay.
    /// </summary>
    /// <returns>The host's boot id: nothing of it is left in this boot.</returns>
    /// <exception cref="CommandFailedException">Something is left.</exception>
    Task<string> CleanAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken);
}
