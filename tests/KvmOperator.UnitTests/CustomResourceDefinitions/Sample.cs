using k8s;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>A kind on which every attribute stands once.</summary>
[KubernetesEntity(Group = "example.com", ApiVersion = "v1", Kind = "Sample", PluralName = "samples")]
[EntityScope(EntityScope.Cluster)]
[KubernetesEntityShortNames("sm", "smp")]
[KubernetesEntityCategories("all-samples")]
[GenericAdditionalPrinterColumn(".spec.color", "Color", "string")]
[GenericAdditionalPrinterColumn(".spec.count", "Count", "integer", Priority = 1)]
[ValidationRule("size(self.metadata.name) <= 20", Message = "the name is too long")]
public sealed class Sample : IKubernetesObject<V1ObjectMeta>, ISpec<SampleSpec>, IStatus<SampleStatus?>
{
    public string ApiVersion { get; set; } = "example.com/v1";

    public string Kind { get; set; } = "Sample";

    public V1ObjectMeta Metadata { get; set; } = new();

    [Required]
    public SampleSpec Spec { get; set; } = new();

    public SampleStatus? Status { get; set; }
}
