using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>A machine that runs virtual machines, and how to reach it. The operator prepares it and watches it. One that fails is told and left alone, unless failover is armed for its pool.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "KvmHost", PluralName = "kvmhosts")]
[EntityScope(EntityScope.Cluster)]
[KubernetesEntityShortNames("kh")]
[KubernetesEntityCategories("kvm-all")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", "string")]
[GenericAdditionalPrinterColumn(".spec.mode", "Mode", "string")]
[GenericAdditionalPrinterColumn(".status.usage.cpuPercent", "CPU%", "integer")]
[GenericAdditionalPrinterColumn(".status.usage.memoryPercent", "Memory%", "integer")]
[GenericAdditionalPrinterColumn(".status.virtualMachineCount", "VMs", "integer")]
[GenericAdditionalPrinterColumn(".status.system.libvirt", "Version", "string")]
[GenericAdditionalPrinterColumn(".status.phase", "Phase", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.failover.state", "Failover", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".spec.address", "Address", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule("size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')", Message = "the name is also a label and a name of the machine: at most 63 small letters, digits and hyphens")]
public sealed class KvmHost : IKubernetesObject<V1ObjectMeta>, ISpec<KvmHostSpec>, IStatus<KvmHostStatus?>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.GroupVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = "KvmHost";

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the machine should be.</summary>
    [Required]
    public KvmHostSpec Spec { get; set; } = new();

    /// <summary>What the machine is. Written by the operator.</summary>
    public KvmHostStatus? Status { get; set; }
}
