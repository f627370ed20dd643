namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What libvirt does with a running domain, as <c>virDomainControlInfo</c>.</summary>
/// <param name="State">What it does.</param>
/// <param name="Details">Why it can do nothing; 0 when nothing is known.</param>
/// <param name="Since">For how long it has been so.</param>
public sealed record DomainControl(DomainControlState State, uint Details, TimeSpan Since);
