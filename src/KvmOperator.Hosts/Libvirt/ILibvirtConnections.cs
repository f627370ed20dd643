using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>The held connections to libvirt, one a host. May be used from any number of tasks at once.</summary>
public interface ILibvirtConnections
{
    /// <summary>
    /// The connection to a host's libvirt, opened when there is none, or when the last one is over. The caller uses it at once and does not keep or close it. All exceptions of
    /// <see cref="IHostShell.RunAsync"/> apply.
    /// </summary>
    /// <returns>Null when this host has no such channel, because the helper is missing there or a setting says so: then commands do it.</returns>
    /// <exception cref="LibvirtUnavailableException">libvirt hangs, does not run, or does not let us in.</exception>
    Task<LibvirtConnection?> GetAsync(IHostShell host, CancellationToken cancellationToken);
}
