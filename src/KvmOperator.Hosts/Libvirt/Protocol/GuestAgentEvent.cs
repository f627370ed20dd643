namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>The agent in a guest came or went.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="State">Which of both.</param>
/// <param name="Reason">libvirt's number for the reason.</param>
public sealed record GuestAgentEvent(LibvirtDomain Domain, GuestAgentState State, int Reason) : LibvirtEvent(Domain);
