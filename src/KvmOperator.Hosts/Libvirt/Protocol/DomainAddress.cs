namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>An address of a guest.</summary>
/// <param name="IsVersion6">True for IPv6.</param>
/// <param name="Address">The address as a text.</param>
/// <param name="Prefix">The length of its network's prefix; 0 while unknown.</param>
public sealed record DomainAddress(bool IsVersion6, string Address, uint Prefix)
{
    /// <summary>libvirt's number for IPv6; 0 is IPv4.</summary>
    internal const int Version6 = 1;
}
