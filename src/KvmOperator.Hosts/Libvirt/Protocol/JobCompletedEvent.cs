namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A job on a domain, such as a move, is over.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Statistics">How it went, under the names of <see cref="DomainJobStatistics"/>.</param>
public sealed record JobCompletedEvent(LibvirtDomain Domain, TypedParameters Statistics) : LibvirtEvent(Domain);
