using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Tests.Libvirt;

/// <summary>Gives the connections of a test, one after another; the last one again and again; null when there is none.</summary>
internal sealed class GivenConnection(params LibvirtConnection?[] connections) : ILibvirtConnections
{
    private int asked;

    public Task<LibvirtConnection?> GetAsync(IHostShell host, CancellationToken cancellationToken) => Task.FromResult(connections[Math.Min(asked++, connections.Length - 1)]);
}
