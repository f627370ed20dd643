using k8s.Models;
using KvmOperator.Api;
using KvmOperator.CustomResourceDefinitions;
using Xunit;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>The definitions of the product's own kinds keep the rules that all of them have to keep.</summary>
public sealed class ProductDefinitionTests
{
    private static readonly IReadOnlyList<V1CustomResourceDefinition> Definitions = CustomResourceDefinitionGenerator.GenerateAll(typeof(ApiGroup).Assembly);

    [Fact]
    public void Config_crd_is_up_to_date()
    {
        var folder = Path.Combine(Repository.Root, "config", "crd");
        var generated = Definitions.Select(CustomResourceDefinitionFile.Of).ToDictionary(file => file.Name, file => file.Text);
        var written = Directory.GetFiles(folder, "*.yaml").ToDictionary(path => Path.GetFileName(path), File.ReadAllText);

        var stale = generated.Where(file => written.GetValueOrDefault(file.Key)?.ReplaceLineEndings("\n") != file.Value).Select(file => file.Key);
        var left = written.Keys.Except(generated.Keys);

        Assert.True(!stale.Any(), $"config/crd is not what the types say: {string.Join(", ", stale)}. Run: {CustomResourceDefinitionFile.Command}");
        Assert.True(!left.Any(), $"config/crd holds files of no kind; delete them: {string.Join(", ", left)}");
    }

    [Fact]
    public void Every_field_has_a_description()
    {
        var silent = Definitions.SelectMany(definition => Fields(definition, "spec").Concat(Fields(definition, "status")))
            .Where(field => field.IsNamed && string.IsNullOrWhiteSpace(field.Schema.Description))
            .Select(field => field.Path);

        Assert.Empty(silent);
    }

    [Fact]
    public void Every_text_of_a_spec_is_bounded()
    {
        var unbounded = Definitions.SelectMany(definition => Fields(definition, "spec"))
            .Where(field => field.Schema is { Type: "string", EnumProperty: null, MaxLength: null })
            .Select(field => field.Path);

        Assert.Empty(unbounded);
    }

    [Fact]
    public void Every_list_and_map_of_a_spec_is_bounded()
    {
        var unbounded = Definitions.SelectMany(definition => Fields(definition, "spec"))
            .Where(field => field.Schema is { Type: "array", MaxItems: null } or { AdditionalProperties: not null, MaxProperties: null })
            .Select(field => field.Path);

        Assert.Empty(unbounded);
    }

    [Fact]
    public void Every_rule_says_what_to_do_instead()
    {
        var mute = Definitions.SelectMany(definition => Walk(definition.Spec.Names.Kind, Schema(definition), isNamed: false))
            .SelectMany(field => (field.Schema.XKubernetesValidations ?? []).Where(rule => string.IsNullOrEmpty(rule.Message)).Select(rule => $"{field.Path}: {rule.Rule}"));

        Assert.Empty(mute);
    }

    private static IEnumerable<SchemaField> Fields(V1CustomResourceDefinition definition, string part) =>
        Walk($"{definition.Spec.Names.Kind}.{part}", Schema(definition).Properties[part], isNamed: true);

    private static V1JSONSchemaProps Schema(V1CustomResourceDefinition definition) => definition.Spec.Versions.Single().Schema.OpenAPIV3Schema;

    private static IEnumerable<SchemaField> Walk(string path, V1JSONSchemaProps schema, bool isNamed)
    {
        yield return new SchemaField(path, schema, isNamed);
        foreach (var field in (schema.Properties ?? new Dictionary<string, V1JSONSchemaProps>()).SelectMany(property => Walk($"{path}.{property.Key}", property.Value, isNamed: true)))
        {
            yield return field;
        }

        if ((schema.Items ?? schema.AdditionalProperties) is V1JSONSchemaProps item)
        {
            foreach (var field in Walk(path + "[]", item, isNamed: false))
            {
                yield return field;
            }
        }
    }
}
