using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Reads how a host proves to its peers who it is.</summary>
public interface IPeerIdentities
{
    /// <summary>
    /// Reads the host's keys; makes the key pair of its root user on the host itself when there is none. The private key never leaves the host.
    /// May be repeated. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
    /// </summary>
    Task<PeerIdentity> EnsureAsync(IHostShell host, CancellationToken cancellationToken);
}
