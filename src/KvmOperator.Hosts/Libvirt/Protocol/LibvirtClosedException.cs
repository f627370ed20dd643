namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>The connection to libvirt ended before the answer, or had ended before the call.</summary>
public sealed class LibvirtClosedException(LibvirtClosing closing, bool callMayHaveRun) : Exception(closing.Reason, closing.Cause)
{
    /// <summary>How the connection ended.</summary>
    public LibvirtClosing Closing { get; } = closing;

    /// <summary>False when libvirt certainly did not get the call.</summary>
    public bool CallMayHaveRun { get; } = callMayHaveRun;
}
