using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>No host has a connection to libvirt: everything is done by commands.</summary>
internal sealed class NoLibvirtConnections : ILibvirtConnections
{
    /// <inheritdoc/>
    public Task<LibvirtConnection?> GetAsync(IHostShell host, CancellationToken cancellationToken) => Task.FromResult<LibvirtConnection?>(null);
}
