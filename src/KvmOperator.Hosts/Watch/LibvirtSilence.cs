using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Hosts.Watch;

/// <summary>Says why libvirt gave no answer. Pure.</summary>
internal static class LibvirtSilence
{
    /// <summary>The reason as a sentence; null for what is no trouble with libvirt.</summary>
    public static string? Explain(Exception exception) =>
        exception is LibvirtException or LibvirtDeadlineException or LibvirtClosedException or LibvirtIncompleteException ? exception.Message : null;
}
