using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Nfs;

/// <summary>
/// Configures a machine as an NFS server, and takes a host's access away. Every call may be repeated. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
/// </summary>
public interface INfsServer
{
    /// <summary>Compares the server with what it should be. Changes nothing.</summary>
    Task<StepState> CheckAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken);

    /// <summary>Installs, configures and starts. A fenced address is not let in, whatever the export says.</summary>
    Task<StepState> ApplyAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken);

    /// <summary>Ends the export. The files and the packages stay.</summary>
    Task RemoveAsync(IHostShell server, string name, CancellationToken cancellationToken);

    /// <summary>All clients with a lease. Changes nothing.</summary>
    Task<IReadOnlyList<NfsClientLease>> ReadClientsAsync(IHostShell server, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the access of some addresses away: out of all of the operator's exports, and their leases ended, so that nothing that they still hold in memory can be written.
    /// Ends successfully only after the server itself showed that neither is left; that is the proof on which guests may be started elsewhere.
    /// The fence stays, also over a restart of the server, until <see cref="UnfenceAsync"/>.
    /// </summary>
    /// <exception cref="CommandFailedException">Something is left: the host is not fenced.</exception>
    Task FenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken);

    /// <summary>Ends the fence. The access itself returns with the next <see cref="ApplyAsync"/>.</summary>
    Task UnfenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken);

    /// <summary>The addresses that are fenced at present.</summary>
    Task<IReadOnlyList<string>> ReadFencedAsync(IHostShell server, CancellationToken cancellationToken);
}
