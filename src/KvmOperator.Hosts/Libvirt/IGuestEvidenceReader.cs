using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Looks for what shows that a guest works. Changes nothing. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
public interface IGuestEvidenceReader
{
    /// <summary>Asks the guest's agent, libvirt's leases, the host's neighbours, and how much was written to the disks. A guest that is off shows nothing.</summary>
    Task<GuestEvidence> ReadAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);
}
