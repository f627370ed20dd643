using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.CustomResourceDefinitions;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>The definitions say what the client's own serialiser writes, whose settings are not those that the definitions are made with.</summary>
public sealed class SerializerTests
{
    private static readonly IReadOnlyList<V1CustomResourceDefinition> Definitions = CustomResourceDefinitionGenerator.GenerateAll(typeof(ApiGroup).Assembly);

    [Fact]
    public void Everything_that_is_written_of_an_object_is_in_its_definition()
    {
        object[] samples = [SpecSamples.Host, SpecSamples.Store, SpecSamples.Machine, SpecSamples.Migration, SpecSamples.Import];

        Assert.Equal(Definitions.Count, samples.Length);
        foreach (var sample in samples)
        {
            var schema = Definitions.Single(definition => definition.Spec.Names.Kind == sample.GetType().Name).Spec.Versions.Single().Schema.OpenAPIV3Schema;
            IsIn(schema.Properties["spec"], JsonNode.Parse(KubernetesJson.Serialize(sample))!["spec"]!, sample.GetType().Name + ".spec");
        }
    }

    private static void IsIn(V1JSONSchemaProps schema, JsonNode written, string path)
    {
        switch (written)
        {
            case JsonObject fields when schema.Properties is { } properties:
                foreach (var (name, value) in fields)
                {
                    Assert.True(properties.ContainsKey(name), $"{path}.{name} is written, and is not in the definition");
                    if (value is not null)
                    {
                        IsIn(properties[name], value, $"{path}.{name}");
                    }
                }

                break;
            case JsonArray items when schema.Items is V1JSONSchemaProps item:
                Assert.All(items, value => IsIn(item, value!, path));
                break;
            case JsonValue value when schema.EnumProperty is { } members:
                Assert.Contains(value.GetValue<string>(), members.Select(member => member.ToString()));
                break;
        }
    }
}
