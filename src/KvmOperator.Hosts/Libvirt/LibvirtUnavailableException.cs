using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>The connection to a host's libvirt ended. The host itself may be as well as ever.</summary>
public sealed class LibvirtUnavailableException(string hostName, LibvirtClosedException closed) : HostException(hostName, $"On {hostName}: {closed.Message}", closed)
{
    /// <summary>Why it ended.</summary>
    public LibvirtClosingKind Kind { get; } = closed.Closing.Kind;

    /// <summary>False when libvirt certainly did not get the call.</summary>
    public bool CallMayHaveRun { get; } = closed.CallMayHaveRun;
}
