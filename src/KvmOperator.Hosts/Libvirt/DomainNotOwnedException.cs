using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>A domain of this name exists, but it does not carry our mark: it was not touched.</summary>
public sealed class DomainNotOwnedException(string hostName, DomainIdentity domain)
    : HostException(hostName, $"The domain {domain.Reference} on {hostName} was not made by the operator, so it is left alone.");
