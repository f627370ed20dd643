namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>The state of a domain.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">libvirt's number for its reason; what it means depends on the state.</param>
public sealed record DomainStateAndReason(DomainState State, int Reason);
