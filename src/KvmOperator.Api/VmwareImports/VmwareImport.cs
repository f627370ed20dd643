using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>One conversion of one VMware machine, a folder or an OVA, into a VirtualMachine, once.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "VmwareImport", PluralName = "vmwareimports")]
[EntityScope(EntityScope.Namespaced)]
[KubernetesEntityShortNames("kvmi")]
[KubernetesEntityCategories("kvm-all")]
[GenericAdditionalPrinterColumn(".spec.virtualMachine.name", "VM", "string")]
[GenericAdditionalPrinterColumn(".status.phase", "Phase", "string")]
[GenericAdditionalPrinterColumn(".status.step", "Step", "string")]
[GenericAdditionalPrinterColumn(".status.progressPercent", "Progress", "integer")]
[GenericAdditionalPrinterColumn(".spec.source.path", "Source", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule(
    "self.spec == oldSelf.spec || !has(oldSelf.status) || !has(oldSelf.status.pipeline) || !oldSelf.status.pipeline.exists(one, one.step == 'Convert' && one.state != 'Pending')",
    Message = "the disks are being converted, or were: create another import")]
public sealed class VmwareImport : IKubernetesObject<V1ObjectMeta>, ISpec<VmwareImportSpec>, IStatus<VmwareImportStatus?>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.GroupVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = "VmwareImport";

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What should be brought over, and how. Little of it can be changed afterwards, and nothing once the disks are converted.</summary>
    [Required]
    public VmwareImportSpec Spec { get; set; } = new();

    /// <summary>How the import goes. Written by the operator.</summary>
    public VmwareImportStatus? Status { get; set; }
}
