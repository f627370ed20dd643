namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Something of a domain was changed: its devices, its metadata, or it restarted itself. What it is now has to be asked.</summary>
/// <param name="Domain">The domain.</param>
public sealed record DomainChangedEvent(LibvirtDomain Domain) : LibvirtEvent(Domain);
