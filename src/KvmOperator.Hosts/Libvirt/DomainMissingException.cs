using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>The host has no domain of this name.</summary>
public sealed class DomainMissingException(string hostName, DomainIdentity domain)
    : HostException(hostName, $"There is no domain {domain.Reference} on {hostName}.");
