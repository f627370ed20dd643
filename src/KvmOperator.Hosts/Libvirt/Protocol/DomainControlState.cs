namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>As libvirt's <c>virDomainControlState</c>.</summary>
public enum DomainControlState
{
    /// <summary>It is free.</summary>
    Ok = 0,

    /// <summary>A job is under way.</summary>
    Job = 1,

    /// <summary>An answer of the domain's QEMU is waited for.</summary>
    Occupied = 2,

    /// <summary>The domain can only be destroyed.</summary>
    Error = 3,
}
