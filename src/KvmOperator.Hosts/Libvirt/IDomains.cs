using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// Changes domains. Every call may be repeated and then changes nothing more. Only domains that carry our mark are touched.
/// Besides the exceptions named here, all exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
/// </summary>
/// <exception cref="DomainNotOwnedException">The domain is not ours.</exception>
/// <exception cref="DomainMissingException">There is no such domain.</exception>
public interface IDomains
{
    /// <summary>Defines a domain, or brings the definition of an existing one up to date; a running guest sees that after its next start. Never starts it. libvirt's autostart stays off.</summary>
    /// <param name="host">The host to define it on.</param>
    /// <param name="domain">The domain.</param>
    /// <param name="xml">What <see cref="IGuestRendering.RenderAsync"/> wrote down for this domain.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task DefineAsync(IHostShell host, DomainIdentity domain, string xml, CancellationToken cancellationToken);

    /// <summary>The state of a domain at this moment; null when the host has none of this name. Changes nothing.</summary>
    Task<DomainState?> ReadStateAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>The definition that the next start will use, or, when <paramref name="live"/>, what runs now.</summary>
    Task<string> ReadXmlAsync(IHostShell host, DomainIdentity domain, bool live, CancellationToken cancellationToken);

    /// <summary>The definition of a domain that is not ours, or what runs of it now. Changes nothing.</summary>
    Task<string> ReadForeignXmlAsync(IHostShell host, Guid domain, bool live, CancellationToken cancellationToken);

    /// <summary>
    /// Puts our mark on an existing domain that has none, at a person's request, and keeps libvirt from starting it by itself.
    /// Name and UUID stay what they are, and a running guest runs on.
    /// </summary>
    /// <param name="host">The host that has it.</param>
    /// <param name="domain">Whose it shall be, with <see cref="DomainIdentity.Adopted"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task AdoptAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Starts the guest; one that runs already runs on.</summary>
    Task StartAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Asks the guest to shut down and does not wait for it.</summary>
    Task ShutdownAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Lets a guest that stands still go on.</summary>
    Task ResumeAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Ends the guest at once, after a short time for its disks' caches.</summary>
    Task DestroyAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Ends the guest if it runs and removes the definition. Disks, the variables of its UEFI firmware and the state of its TPM stay. A missing domain is fine.</summary>
    Task UndefineAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the definition of a guest that is off, and nothing else: snapshots' descriptions go with it, disks, UEFI variables, the state of its TPM and a saved state stay. A missing domain is fine.
    /// All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply, also when libvirt refuses because there is a saved state.
    /// </summary>
    /// <returns>False when the guest is not off, also when it was started at that very moment: then it runs on and keeps its definition.</returns>
    Task<bool> UndefineStoppedAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>As <see cref="UndefineAsync"/>, and the variables of its UEFI firmware and the state of its TPM go too: the guest is gone for good.</summary>
    Task EraseAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Whether the guest is still defined when it is off: one that was moved by hand may not be.</summary>
    Task<bool> IsPersistentAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Gives the guest another number of processors, now if it runs, and for its next start.</summary>
    /// <returns>False when a running guest cannot have it before a restart.</returns>
    Task<bool> SetVcpusAsync(IHostShell host, DomainIdentity domain, int count, CancellationToken cancellationToken);

    /// <summary>Gives the guest another amount of memory, now if it runs, and for its next start.</summary>
    /// <returns>False when a running guest cannot have it before a restart.</returns>
    Task<bool> SetMemoryAsync(IHostShell host, DomainIdentity domain, long bytes, CancellationToken cancellationToken);

    /// <summary>Adds a disk, now if the guest runs, and for its next start.</summary>
    /// <returns>False when a running guest cannot have it before a restart.</returns>
    Task<bool> AttachDiskAsync(IHostShell host, DomainIdentity domain, GuestDisk disk, CancellationToken cancellationToken);

    /// <summary>Takes a disk away; the file stays.</summary>
    /// <returns>False when a running guest keeps it until a restart.</returns>
    Task<bool> DetachDiskAsync(IHostShell host, DomainIdentity domain, string target, CancellationToken cancellationToken);

    /// <summary>Adds a network interface, now if the guest runs, and for its next start.</summary>
    /// <returns>False when a running guest cannot have it before a restart.</returns>
    Task<bool> AttachInterfaceAsync(IHostShell host, DomainIdentity domain, GuestInterface networkInterface, CancellationToken cancellationToken);

    /// <summary>Takes the network interface with this address away.</summary>
    /// <returns>False when a running guest keeps it until a restart.</returns>
    Task<bool> DetachInterfaceAsync(IHostShell host, DomainIdentity domain, string macAddress, CancellationToken cancellationToken);

    /// <summary>Changes a device that is there into this one, in what runs now or in the definition. A guest that is off has no running one: that is fine.</summary>
    /// <returns>False when a running guest keeps it as it is until a restart.</returns>
    Task<bool> UpdateDeviceAsync(IHostShell host, DomainIdentity domain, string deviceXml, bool live, CancellationToken cancellationToken);

    /// <summary>Grows the disk of a guest that runs, and lets the guest see it. A guest that is off is left alone.</summary>
    Task GrowDiskAsync(IHostShell host, DomainIdentity domain, string path, long bytes, CancellationToken cancellationToken);

    /// <summary>The definition with its secrets, such as a console's password, so that it can be given back changed.</summary>
    Task<string> ReadDefinitionAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Gives an existing domain another definition; a running guest sees that after its next start.</summary>
    Task RedefineAsync(IHostShell host, DomainIdentity domain, string domainXml, CancellationToken cancellationToken);

    /// <summary>Writes into the domain's metadata that a move is over, beside those that it remembers: in its definition, and in what runs. The oldest ones are forgotten (<see cref="MoveMark.Most"/>).</summary>
    Task RememberMoveAsync(IHostShell host, DomainIdentity domain, MoveMark move, CancellationToken cancellationToken);

    /// <summary>The guest's addresses: from its agent, else from DHCP leases, else from the host's neighbours. Empty when nobody knows.</summary>
    Task<IReadOnlyList<string>> ReadAddressesAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);
}
