using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Hosts.Watch;

/// <summary>Why libvirt gave no answer.</summary>
/// <param name="Reason">For people.</param>
/// <param name="Hangs">Whether it took the question, or the connection, and does nothing: commands on the host would hang, too.</param>
internal sealed record LibvirtSilence(string Reason, bool Hangs)
{
    /// <summary>A connection that has ended.</summary>
    public static LibvirtSilence Of(LibvirtClosing closing) => new(closing.Reason, closing.Kind == LibvirtClosingKind.Hangs);

    /// <summary>What an exception, of which <see cref="Explain"/> knows the reason, says.</summary>
    public static LibvirtSilence Of(Exception exception) =>
        exception is LibvirtClosedException closed ? Of(closed.Closing) : new LibvirtSilence(exception.Message, exception is LibvirtDeadlineException);

    /// <summary>The reason as a sentence; null for what is no trouble with libvirt.</summary>
    public static string? Explain(Exception exception) =>
        exception is LibvirtException or LibvirtDeadlineException or LibvirtClosedException or LibvirtIncompleteException ? exception.Message : null;
}
