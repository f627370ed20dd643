namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a connection to libvirt ended.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Reason">The same as a sentence.</param>
public sealed record LibvirtClosing(LibvirtClosingKind Kind, string Reason)
{
    /// <summary>What went wrong on the way; null when nothing did.</summary>
    public Exception? Cause { get; init; }
}
