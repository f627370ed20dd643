namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How long a call may take, and whether others have to get past it.</summary>
internal enum CallKind
{
    /// <summary>libvirt answers out of its memory.</summary>
    Question,

    /// <summary>libvirt writes files, or asks QEMU or the agent in a guest.</summary>
    Change,

    /// <summary>A guest is started.</summary>
    Start,

    /// <summary>The good-bye.</summary>
    Close,
}
