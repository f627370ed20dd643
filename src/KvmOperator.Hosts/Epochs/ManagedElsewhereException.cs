using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Epochs;

/// <summary>Another installation of the operator acts on the host at this moment. Nothing ran.</summary>
public sealed class ManagedElsewhereException(string hostName, string installation)
    : HostException(hostName, $"{hostName} is managed by another installation, {installation}. Remove the host there, or here.")
{
    /// <summary>The other installation.</summary>
    public string Installation { get; } = installation;
}
