namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Who is asked for a guest's addresses, with libvirt's own numbers (<c>VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_…</c>).</summary>
public enum DomainAddressSource
{
    /// <summary>The DHCP server of libvirt's own network.</summary>
    Lease = 0,

    /// <summary>The agent in the guest.</summary>
    Agent = 1,

    /// <summary>The host's table of neighbours.</summary>
    Arp = 2,
}
