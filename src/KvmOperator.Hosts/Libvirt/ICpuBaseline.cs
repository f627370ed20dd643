using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Finds a processor model that every host of a pool can give its guests, so that guests can move between them. Changes nothing.</summary>
public interface ICpuBaseline
{
    /// <summary>What a host's hypervisor can give, as libvirt's XML. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
    Task<string> ReadHostCpuAsync(IHostShell host, CancellationToken cancellationToken);

    /// <summary>
    /// The <c>cpu</c> element for guests of a pool, in names that the host which computes it knows: in a pool of several versions of libvirt that has to be the oldest. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
    /// </summary>
    /// <param name="host">The host that computes.</param>
    /// <param name="hostCpus">The answers of <see cref="ReadHostCpuAsync"/> of all hosts.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<string> ComputeAsync(IHostShell host, IReadOnlyCollection<string> hostCpus, CancellationToken cancellationToken);

    /// <summary>Tells whether a host can run a guest with this <c>cpu</c> element; null when it can, else libvirt's reason.</summary>
    Task<string?> FindIncompatibilityAsync(IHostShell host, string cpuXml, CancellationToken cancellationToken);
}
