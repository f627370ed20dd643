using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.NfsStores;

/// <summary>Storage that all hosts of a pool share: an NFS export and its mount on every one of them.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "NfsStore", PluralName = "nfsstores")]
[EntityScope(EntityScope.Cluster)]
[KubernetesEntityShortNames("nfs")]
[KubernetesEntityCategories("kvm-all")]
[GenericAdditionalPrinterColumn(".spec.server.address", "Server", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", "string")]
[GenericAdditionalPrinterColumn(".status.capacity.usedPercent", "Used%", "integer")]
[GenericAdditionalPrinterColumn(".status.hosts", "Hosts", "string")]
[GenericAdditionalPrinterColumn(".spec.exportPath", "Export", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".spec.mountPath", "Mount", "string", Priority = 1)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule("size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')", Message = "the name is also a label: at most 63 small letters, digits and hyphens")]
public sealed class NfsStore : IKubernetesObject<V1ObjectMeta>, ISpec<NfsStoreSpec>, IStatus<NfsStoreStatus?>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.GroupVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = "NfsStore";

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the storage should be.</summary>
    [Required]
    public NfsStoreSpec Spec { get; set; } = new();

    /// <summary>What the storage is. Written by the operator.</summary>
    public NfsStoreStatus? Status { get; set; }
}
