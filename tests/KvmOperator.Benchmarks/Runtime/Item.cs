using System.Globalization;
using k8s;
using k8s.Models;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>An object of about the size of a small virtual machine.</summary>
[KubernetesEntity(Group = "benchmarks.example.com", ApiVersion = "v1", Kind = "Item", PluralName = "items")]
public sealed class Item : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The definition to install before.</summary>
    public const string Definition =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: items.benchmarks.example.com
        spec:
          group: benchmarks.example.com
          scope: Namespaced
          names: {plural: items, singular: item, kind: Item, listKind: ItemList}
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    properties:
                      group: {type: string}
                      cpus: {type: integer}
                      memory: {type: string}
                      disks: {type: array, items: {type: object, properties: {name: {type: string}, size: {type: string}, image: {type: string}}}}
        """;

    /// <inheritdoc/>
    public string ApiVersion { get; set; } = "benchmarks.example.com/v1";

    /// <inheritdoc/>
    public string Kind { get; set; } = "Item";

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What it should be.</summary>
    public ItemSpec Spec { get; set; } = new();

    /// <summary>The item of a number.</summary>
    public static Item Create(string ofNamespace, int number) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"item-{number}"),
            NamespaceProperty = ofNamespace,
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["app"] = "benchmark", ["tier"] = "back" },
        },
        Spec = new ItemSpec
        {
            Group = string.Create(CultureInfo.InvariantCulture, $"group-{number % 100}"),
            Cpus = 2,
            Memory = "4Gi",
            Disks = [new ItemDisk("root", "20Gi", "debian-12"), new ItemDisk("data", "100Gi", null)],
        },
    };
}
