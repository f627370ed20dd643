using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>libvirt on one host, with the exceptions of all that is done on hosts, and with a line in the log for each call that names what a person would type for the same.</summary>
internal sealed class HostLibvirt(IHostShell host, LibvirtConnection connection, ILogger logger)
{
    /// <summary>The host's name.</summary>
    public string Name => host.Name;

    /// <summary>Calls libvirt.</summary>
    /// <param name="call">The call.</param>
    /// <param name="virsh">What a person would type after <c>virsh</c>.</param>
    /// <exception cref="LibvirtRefusedException">libvirt said no.</exception>
    /// <exception cref="DeadlineExceededException">libvirt did not answer in time.</exception>
    /// <exception cref="LibvirtUnavailableException">The connection is over.</exception>
    public async Task<T> AskAsync<T>(Func<LibvirtConnection, Task<T>> call, params IReadOnlyList<string> virsh)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.LogDebug("{Host}: virsh {Command}", host.Name, ShellQuote.Join(virsh));
        }

        try
        {
            return await call(connection);
        }
        catch (LibvirtException refused)
        {
            throw new LibvirtRefusedException(host.Name, RemoteCommand.Of("virsh", virsh), refused);
        }
        catch (LibvirtDeadlineException late)
        {
            throw new DeadlineExceededException(host.Name, RemoteCommand.Of("virsh", virsh).WithDeadline(late.Deadline));
        }
        catch (LibvirtClosedException closed)
        {
            throw new LibvirtUnavailableException(host.Name, closed);
        }
    }

    /// <summary>Calls libvirt for something that has no result. Everything is as with the other.</summary>
    public Task TellAsync(Func<LibvirtConnection, Task> call, params IReadOnlyList<string> virsh) => AskAsync(
        async connection =>
        {
            await call(connection);
            return true;
        },
        virsh);
}
