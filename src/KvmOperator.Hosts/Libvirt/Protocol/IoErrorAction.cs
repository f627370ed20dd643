namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What is done when a disk fails, with libvirt's own numbers.</summary>
public enum IoErrorAction
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The guest stands still.</summary>
    Pause = 1,

    /// <summary>The guest is told.</summary>
    Report = 2,
}
