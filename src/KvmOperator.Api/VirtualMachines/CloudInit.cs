using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What cloud-init in a guest is told at its first start (the NoCloud data source).</summary>
[ValidationRule("has(self.userData) != has(self.userDataSecretRef)", Message = "say either userData or userDataSecretRef")]
public sealed record CloudInit
{
    /// <summary>The user data. What is secret belongs into a Secret.</summary>
    [Length(0, 16384)]
    public string? UserData { get; init; }

    /// <summary>A Secret in the guest's namespace whose key <c>userdata</c> holds the user data.</summary>
    public LocalObjectReference? UserDataSecretRef { get; init; }

    /// <summary>The network configuration; DHCP on every card unless said otherwise.</summary>
    [Length(0, 16384)]
    public string? NetworkData { get; init; }
}
