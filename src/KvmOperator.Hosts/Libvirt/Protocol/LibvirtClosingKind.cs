namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Why a connection to libvirt is over.</summary>
public enum LibvirtClosingKind
{
    /// <summary>We closed it.</summary>
    Asked,

    /// <summary>The stream ended: libvirt was stopped or started anew, or the way to it is gone.</summary>
    StreamEnded,

    /// <summary>libvirt wants to know who we are (polkit or SASL), or does not let us in.</summary>
    Refused,

    /// <summary>libvirt neither answers pings nor says anything else, or left several calls without an answer.</summary>
    Hangs,

    /// <summary>What came was not libvirt's protocol.</summary>
    Malformed,
}
