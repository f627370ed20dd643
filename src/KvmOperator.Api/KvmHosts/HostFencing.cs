using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>How a machine is powered off for certain, through its management controller. Not used yet: a host that fails is left alone.</summary>
public sealed record HostFencing
{
    /// <summary>The fence agent: fence_ipmilan, fence_redfish, fence_virsh, … Not used yet: no agent is run.</summary>
    [Required]
    [Length(7, 63)]
    [Pattern(Patterns.FenceAgent)]
    public string Agent { get; init; } = "";

    /// <summary>What the agent is told, by the names of its manual page: ip, lanplus, systems_uri, … User and password belong into the Secret. Not used yet: no agent is run.</summary>
    [Items(0, 32)]
    [ItemPattern(Patterns.OneLine, 256)]
    [ValidationRule("self.all(name, !(name in ['password', 'passwd', 'password_script', 'passwd_script', 'snmp_priv_passwd']))", Message = "secrets do not stand here: put them into the Secret that credentialsSecretRef names")]
    [ValidationRule("!('action' in self) && !('option' in self)", Message = "what is done to the machine is decided by the operator: leave action and option out")]
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A Secret of type kubernetes.io/basic-auth in the operator's namespace. Not used yet: it is not read.</summary>
    public LocalObjectReference? CredentialsSecretRef { get; init; }
}
