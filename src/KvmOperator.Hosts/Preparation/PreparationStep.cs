namespace KvmOperator.Hosts.Preparation;

/// <summary>The steps of the preparation, in the order in which they are done.</summary>
public enum PreparationStep
{
    /// <summary>The host's own name, and every peer's address.</summary>
    Names,

    /// <summary>What the peers need is let through.</summary>
    Firewall,

    /// <summary>SELinux's mode, and its permission for guests to use NFS.</summary>
    Selinux,

    /// <summary>The clock.</summary>
    TimeSynchronization,

    /// <summary>KVM, QEMU and libvirt.</summary>
    Virtualization,

    /// <summary>Peers may run libvirt commands on the host.</summary>
    PeerTrust,

    /// <summary>The stores are mounted.</summary>
    StoreMounts,
}
