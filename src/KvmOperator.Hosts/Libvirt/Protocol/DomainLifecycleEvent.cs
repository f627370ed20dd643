namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A domain was defined, started, ended and so on.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Change">What happened.</param>
/// <param name="Detail">libvirt's number for how it happened; what it means depends on <paramref name="Change"/>.</param>
public sealed record DomainLifecycleEvent(LibvirtDomain Domain, DomainLifecycle Change, int Detail) : LibvirtEvent(Domain);
