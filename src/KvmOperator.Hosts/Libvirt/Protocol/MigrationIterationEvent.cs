namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A move begins to go through the guest's memory once more.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Iteration">How often, this time included.</param>
public sealed record MigrationIterationEvent(LibvirtDomain Domain, int Iteration) : LibvirtEvent(Domain);
