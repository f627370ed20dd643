using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Writes guests down as domains, with what a host's virt-install knows of their operating systems.</summary>
public interface IGuestRendering
{
    /// <summary>
    /// Writes down a guest as its domain's XML. Changes nothing on the host but what it keeps of virt-install's answers; needs none of the guest's files, and may run while they are made.
    /// virt-install is asked once for each shape of guests on each version of the host's software, in a job, which takes up to a minute; may be called any number of times meanwhile.
    /// All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
    /// </summary>
    /// <returns>The XML; null while virt-install is at work: ask again in a moment.</returns>
    /// <exception cref="CommandFailedException">virt-install refuses the guest, and says why.</exception>
    Task<string?> RenderAsync(IHostShell host, GuestDefinition guest, CancellationToken cancellationToken);
}
