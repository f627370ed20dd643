using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>A guest that should exist and run somewhere. Where it runs is status; placement is a constraint.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "VirtualMachine", PluralName = "virtualmachines")]
[EntityScope(EntityScope.Namespaced)]
[KubernetesEntityShortNames("kvm")]
[KubernetesEntityCategories("kvm-all")]
[GenericAdditionalPrinterColumn(".status.phase", "Phase", "string")]
[GenericAdditionalPrinterColumn(".status.host", "Host", "string")]
[GenericAdditionalPrinterColumn(".status.ipAddress", "IP", "string")]
[GenericAdditionalPrinterColumn(".spec.vcpus", "CPU", "integer")]
[GenericAdditionalPrinterColumn(".spec.memory", "Memory", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].message", "Message", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule("size(self.metadata.name) <= 63", Message = "the name has at most 63 characters: it becomes a part of the domain's name")]
public sealed class VirtualMachine : IKubernetesObject<V1ObjectMeta>, ISpec<VirtualMachineSpec>, IStatus<VirtualMachineStatus?>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.GroupVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = "VirtualMachine";

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the guest should be.</summary>
    [Required]
    public VirtualMachineSpec Spec { get; set; } = new();

    /// <summary>What the guest is. Written by the operator.</summary>
    public VirtualMachineStatus? Status { get; set; }
}
