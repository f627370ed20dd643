namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What a message is, with libvirt's own numbers. Streams and passed file descriptors are not used.</summary>
internal enum MessageType
{
    /// <summary>A call, from us.</summary>
    Call = 0,

    /// <summary>The answer to a call.</summary>
    Reply = 1,

    /// <summary>Something that nobody asked for: an event, or one half of a keepalive.</summary>
    Message = 2,
}
