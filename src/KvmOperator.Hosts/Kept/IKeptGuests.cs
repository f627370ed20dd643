using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Kept;

/// <summary>
/// Keeps what a guest is beside its disks, in a folder on its store (<see cref="KeptFiles"/>), so that it can be made again. Every call may be repeated; what is written is whole or not there.
/// All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply, also when the store is not mounted on the host.
/// </summary>
public interface IKeptGuests
{
    /// <summary>What is kept; null for nothing. Changes nothing.</summary>
    Task<KeptGuest?> ReadAsync(IHostShell host, string folder, CancellationToken cancellationToken);

    /// <summary>Keeps a definition, and with it what <paramref name="tpm"/> says.</summary>
    Task KeepAsync(IHostShell host, string folder, KeptDefinition definition, TpmUse tpm, CancellationToken cancellationToken);

    /// <summary>Puts the copy of the TPM's state where libvirt on this host looks for it. The guest must not run. No copy is fine.</summary>
    Task RestoreTpmAsync(IHostShell host, string folder, Guid domain, CancellationToken cancellationToken);

    /// <summary>Copies the UEFI variables of a guest that is off from a file of its host to <see cref="KeptFiles.FirmwareVariables"/>, for QEMU to write. A missing file is fine.</summary>
    Task TakeVariablesAsync(IHostShell host, string from, string to, CancellationToken cancellationToken);

    /// <summary>Removes the file that they were copied from, when the domain names it no longer, unless it says something else by now.</summary>
    Task RemoveLeftVariablesAsync(IHostShell host, string from, string to, CancellationToken cancellationToken);

    /// <summary>Removes all that is kept. Nothing is fine.</summary>
    Task DeleteAsync(IHostShell host, string folder, CancellationToken cancellationToken);

    /// <summary>Copies the state of the TPM of a guest that is off from one host to another, by way of the operator. No state is fine.</summary>
    Task SendTpmAsync(IHostShell source, IHostShell target, Guid domain, CancellationToken cancellationToken);
}
