using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Watch;

/// <summary>What is held on a host. Fixed texts.</summary>
internal static class HeldCommands
{
    /// <summary>What the commands below end with when the host has no way to do what they should.</summary>
    public const int MissingStatus = 127;

    /// <summary>The host's own libvirt, whatever anybody's environment says.</summary>
    public const string LibvirtUri = LibvirtEnvironment.Uri;

    /// <summary>Connects both streams with libvirt's socket: by libvirt's own helper, which knows where it is, else by netcat.</summary>
    private const string LibvirtScript =
        """
        command -v virt-ssh-helper >/dev/null && exec virt-ssh-helper "$1"
        command -v nc >/dev/null || exit 127
        for socket in /run/libvirt/virtqemud-sock /run/libvirt/libvirt-sock; do
          [ -S "$socket" ] && exec nc -U "$socket"
        done
        exit 127
        """;

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

    /// <summary>The way to libvirt.</summary>
    public static RemoteCommand Libvirt { get; } = RemoteCommand.Script(LibvirtScript, LibvirtUri);

    /// <summary>How patient a connection to libvirt is: by the pace that the host has at each call, not by that of its opening.</summary>
    public static LibvirtConnectionOptions Patience(IHostShell host) => new() { Pace = () => host.Pace };

    /// <summary>Whether a channel ended because the host has no way to do what it should.</summary>
    public static async Task<bool> IsMissingAsync(IHostChannel channel, TimeProvider clock, CancellationToken cancellationToken) =>
        await EndAsync(channel, clock, cancellationToken) is { ExitStatus: MissingStatus };

    /// <summary>How the process of a channel ended, which may be told a moment after the end of its output; null when that is not known, as when the connection broke.</summary>
    public static async Task<CommandResult?> EndAsync(IHostChannel channel, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            return await channel.Ended.WaitAsync(EndPatience, clock, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or HostUnreachableException)
        {
            return null;
        }
    }
}
