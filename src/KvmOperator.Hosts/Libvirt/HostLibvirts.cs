using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Chooses the way to a host's libvirt.</summary>
internal sealed class HostLibvirts(ILibvirtConnections connections, ILogger<HostLibvirts> logger)
{
    /// <summary>
    /// Does something over the held connection, or by commands where there is none. It has to bear being done twice: where the connection turns out to be over before libvirt got anything, it is
    /// done once more over the next one.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="libvirt">Does it over the connection.</param>
    /// <param name="commands">Does it by commands.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<T> RunAsync<T>(IHostShell host, Func<HostLibvirt, Task<T>> libvirt, Func<Task<T>> commands, CancellationToken cancellationToken)
    {
        if (await connections.GetAsync(host, cancellationToken) is not { } connection)
        {
            return await commands();
        }

        try
        {
            return await libvirt(new HostLibvirt(host, connection, logger));
        }
        catch (LibvirtUnavailableException over) when (!over.CallMayHaveRun)
        {
            return await connections.GetAsync(host, cancellationToken) is { } next ? await libvirt(new HostLibvirt(host, next, logger)) : await commands();
        }
    }
}
