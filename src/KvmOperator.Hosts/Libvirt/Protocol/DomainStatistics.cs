namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What libvirt and QEMU count for a domain.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Values">The values, under the names of <c>virsh domstats</c>.</param>
public sealed record DomainStatistics(LibvirtDomain Domain, TypedParameters Values);
