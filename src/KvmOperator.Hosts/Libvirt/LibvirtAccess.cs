namespace KvmOperator.Hosts.Libvirt;

/// <summary>How a host's libvirt is asked.</summary>
public enum LibvirtAccess
{
    /// <summary>By a <c>virsh</c> process for each question.</summary>
    Commands,

    /// <summary>By libvirt's own protocol over a held connection, which also tells of changes.</summary>
    Protocol,
}
