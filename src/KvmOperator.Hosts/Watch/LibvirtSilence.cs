using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Hosts.Watch;

/// <summary>Why libvirt gave no answer.</summary>
/// <param name="Reason">For people.</param>
/// <param name="Hangs">Whether it took the question, or the connection, and does nothing: commands on the host would hang, too.</param>
internal sealed record LibvirtSilence(string Reason, bool Hangs)
{
    /// <summary>A connection that has ended.</summary>
    public static LibvirtSilence Of(LibvirtClosing closing) => new(closing.Reason, closing.Kind == LibvirtClosingKind.Hangs);

    /// <summary>What an exception says of libvirt; null for what is no trouble with it.</summary>
    public static LibvirtSilence? Of(Exception exception) => exception switch
    {
        LibvirtClosedException closed => Of(closed.Closing),
        LibvirtException or LibvirtDeadlineException or LibvirtIncompleteException => new LibvirtSilence(exception.Message, exception is LibvirtDeadlineException),
        _ => null,
    };
}
