namespace KvmOperator.Hosts.Libvirt;

/// <summary>What shows from outside that a guest works.</summary>
/// <param name="AgentAnswers">Whether its agent answers.</param>
/// <param name="Lease">An address that it took by DHCP; null for none that is known.</param>
/// <param name="Neighbour">An address that its host has seen it use; null for none.</param>
/// <param name="WrittenBytes">What it has written to its disks since it was started; null when that is not known.</param>
public sealed record GuestEvidence(bool AgentAnswers, string? Lease, string? Neighbour, long? WrittenBytes);
