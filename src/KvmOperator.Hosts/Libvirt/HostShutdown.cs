using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Whether a host is on its way out: it ends its guests in order then (libvirt-guests.service), while SSH and libvirt still answer.</summary>
public static class HostShutdown
{
    /// <summary>Whether the machine is being shut down or restarted at this moment. All exceptions of <see cref="IHostShell.RunAsync"/> apply.</summary>
    public static async Task<bool> IsUnderWayAsync(IHostShell host, CancellationToken cancellationToken) =>
        // The word is systemd's; what it returns says only whether all is well (systemctl(1)).
        (await host.RunAsync(RemoteCommand.Of("systemctl", "is-system-running"), cancellationToken)).OutputText.Trim() == "stopping";
}
