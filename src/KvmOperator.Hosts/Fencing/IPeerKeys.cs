using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Fencing;

/// <summary>Takes a host's key away from its peers, before the preparation of each does the same.</summary>
public interface IPeerKeys
{
    /// <summary>Has a peer let a host's root in no longer, so that a move that it goes on with cannot begin anew there. A key that is not there is fine. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
    Task ForgetAsync(IHostShell peer, string host, CancellationToken cancellationToken);
}
