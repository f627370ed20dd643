using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmMigrations;

/// <summary>One move of one guest, once. Deleting it while it runs cancels the move.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "VmMigration", PluralName = "vmmigrations")]
[EntityScope(EntityScope.Namespaced)]
[KubernetesEntityShortNames("kvmm")]
[KubernetesEntityCategories("kvm-all")]
[GenericAdditionalPrinterColumn(".spec.virtualMachineRef.name", "VM", "string")]
[GenericAdditionalPrinterColumn(".status.sourceHost", "Source", "string")]
[GenericAdditionalPrinterColumn(".status.targetHost", "Target", "string")]
[GenericAdditionalPrinterColumn(".status.phase", "Phase", "string")]
[GenericAdditionalPrinterColumn(".status.progress.percent", "Progress", "integer")]
[GenericAdditionalPrinterColumn(".status.downtimeMilliseconds", "Downtime", "integer", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.reason", "Reason", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed class VmMigration : IKubernetesObject<V1ObjectMeta>, ISpec<VmMigrationSpec>, IStatus<VmMigrationStatus?>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.GroupVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = "VmMigration";

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What should be moved, and how. It cannot be changed afterwards.</summary>
    [Required]
    [ValidationRule("self == oldSelf", Message = "a migration happens once and cannot be changed: create another one")]
    public VmMigrationSpec Spec { get; set; } = new();

    /// <summary>How the move goes. Written by the operator.</summary>
    public VmMigrationStatus? Status { get; set; }
}
