using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>One conversion of one VMware machine, a folder or an OVA, into a VirtualMachine, once. Not carried out yet: the operator does not look at it, and its status stays empty.</summary>
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
public sealed class VmwareImport : IKubernetesObject<V1ObjectMeta>, ISpec<VmwareImportSpec>, IStatus<VmwareImportStatus?>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.GroupVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = "VmwareImport";

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What should be brought over, and how. It cannot be changed afterwards.</summary>
    [Required]
    [ValidationRule("self == oldSelf", Message = "an import happens once and cannot be changed: create another one")]
    public VmwareImportSpec Spec { get; set; } = new();

    /// <summary>How the import goes. Written by the operator.</summary>
    public VmwareImportStatus? Status { get; set; }
}
