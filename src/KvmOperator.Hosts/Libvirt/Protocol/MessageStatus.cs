namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a call went, with libvirt's own numbers.</summary>
internal enum MessageStatus
{
    /// <summary>The result follows.</summary>
    Good = 0,

    /// <summary>libvirt's error follows.</summary>
    Error = 1,
}
