using k8s;
using k8s.Models;
using KvmOperator.CustomResourceDefinitions;
using Xunit;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>What each attribute of a kind does to its definition.</summary>
public sealed class CustomResourceDefinitionGeneratorTests
{
    private const string Documentation =
        """
        <doc><members>
          <member name="T:KvmOperator.UnitTests.CustomResourceDefinitions.Sample"><summary>A sample.</summary></member>
          <member name="T:KvmOperator.UnitTests.CustomResourceDefinitions.SamplePart"><summary>A part.</summary></member>
          <member name="P:KvmOperator.UnitTests.CustomResourceDefinitions.SampleSpec.Title"><summary>Its title.</summary></member>
        </members></doc>
        """;

    private static readonly V1CustomResourceDefinition Definition =
        new CustomResourceDefinitionGenerator(XmlDocumentation.Read(new StringReader(Documentation))).Generate(typeof(Sample));

    private static V1CustomResourceDefinitionVersion Version => Assert.Single(Definition.Spec.Versions);

    private static V1JSONSchemaProps Root => Version.Schema.OpenAPIV3Schema;

    private static V1JSONSchemaProps Spec => Root.Properties["spec"];

    private static V1JSONSchemaProps Status => Root.Properties["status"];

    public static TheoryData<Type> Misuses =>
    [
        typeof(MisusedAttributes.PatternOnNumber),
        typeof(MisusedAttributes.RangeOnText),
        typeof(MisusedAttributes.ItemsOnText),
        typeof(MisusedAttributes.KeyThatNoItemHas),
    ];

    [Fact]
    public void The_kind_is_known_by_all_its_names()
    {
        Assert.Equal("samples.example.com", Definition.Metadata.Name);
        Assert.Equal("example.com", Definition.Spec.Group);
        Assert.Equal("Cluster", Definition.Spec.Scope);
        Assert.Equal(("Sample", "SampleList", "samples", "sample"), (Definition.Spec.Names.Kind, Definition.Spec.Names.ListKind, Definition.Spec.Names.Plural, Definition.Spec.Names.Singular));
        Assert.Equal(["sm", "smp"], Definition.Spec.Names.ShortNames);
        Assert.Equal(["all-samples"], Definition.Spec.Names.Categories);
    }

    [Fact]
    public void Its_version_is_served_and_stored_and_its_status_stands_apart()
    {
        Assert.Equal(("v1", true, true), (Version.Name, Version.Served, Version.Storage));
        Assert.NotNull(Version.Subresources.Status);
    }

    [Fact]
    public void Columns_stand_in_the_order_of_their_attributes()
    {
        Assert.Equal(
            [(".spec.color", "Color", "string", null), (".spec.count", "Count", "integer", 1)],
            Version.AdditionalPrinterColumns.Select(column => (column.JsonPath, column.Name, column.Type, (int?)column.Priority)));
    }

    [Fact]
    public void The_root_is_that_of_every_object()
    {
        Assert.Equal(["apiVersion", "kind", "metadata", "spec", "status"], Root.Properties.Keys);
        Assert.Equal("object", Root.Properties["metadata"].Type);
        Assert.Null(Root.Properties["metadata"].Properties);
        Assert.Equal(["spec"], Root.Required);
        Assert.Equal(("size(self.metadata.name) <= 20", "the name is too long"), Only(Root));
    }

    [Fact]
    public void Fields_bear_the_names_and_the_order_of_the_serialiser_and_hidden_ones_are_left_out()
    {
        Assert.Equal(
            ["title", "color", "count", "bytes", "share", "enabled", "memory", "words", "labels", "parts", "spare", "called"],
            Spec.Properties.Keys);
    }

    [Fact]
    public void Only_what_has_to_be_there_is_required() => Assert.Equal(["title"], Spec.Required);

    [Fact]
    public void A_text_has_its_length_and_pattern()
    {
        var title = Spec.Properties["title"];

        Assert.Equal(("string", 1L, 10L, "^[a-z]+$"), (title.Type, title.MinLength, title.MaxLength, title.Pattern));
    }

    [Fact]
    public void An_enumeration_lists_its_members_as_they_are_written()
    {
        var color = Spec.Properties["color"];

        Assert.Equal("string", color.Type);
        Assert.Equal(["Red", "leaf-green"], color.EnumProperty);
        Assert.Equal("leaf-green", color.DefaultProperty);
    }

    [Fact]
    public void Numbers_have_their_format_and_range()
    {
        var count = Spec.Properties["count"];

        Assert.Equal(("integer", "int32", 1d, 9d), (count.Type, count.Format, count.Minimum, count.Maximum));
        Assert.Equal(3, count.DefaultProperty);
        Assert.Equal(("integer", "int64"), (Spec.Properties["bytes"].Type, Spec.Properties["bytes"].Format));
        Assert.Equal("number", Spec.Properties["share"].Type);
        Assert.Equal(("boolean", (object)true), (Spec.Properties["enabled"].Type, Spec.Properties["enabled"].DefaultProperty));
    }

    [Theory]
    [InlineData("2Gi", true)]
    [InlineData("1.5", true)]
    [InlineData("100m", true)]
    [InlineData("0.5Gi", true)]
    [InlineData("1e9", true)]
    [InlineData("1e99999999999", false)]
    [InlineData("-1Gi", false)]
    [InlineData("1234567890123456", false)]
    [InlineData("1e3", true)]
    [InlineData("2 Gi", false)]
    [InlineData("2GiB", false)]
    [InlineData("", false)]
    public void A_quantity_is_a_number_or_a_text_of_its_form(string text, bool accepted)
    {
        var memory = Spec.Properties["memory"];

        Assert.True(memory.XKubernetesIntOrString);
        Assert.Null(memory.Type);
        Assert.Equal(["integer", "string"], memory.AnyOf.Select(choice => choice.Type));
        Assert.Equal(accepted, System.Text.RegularExpressions.Regex.IsMatch(text, memory.Pattern, default, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_list_has_its_bounds_and_those_of_its_items()
    {
        var words = Spec.Properties["words"];
        var word = Assert.IsType<V1JSONSchemaProps>(words.Items);

        Assert.Equal(("array", 1L, 4L), (words.Type, words.MinItems, words.MaxItems));
        Assert.Equal(("string", "^[0-9]+$", 5L), (word.Type, word.Pattern, word.MaxLength));
    }

    [Fact]
    public void A_map_has_its_bounds_and_those_of_its_values()
    {
        var labels = Spec.Properties["labels"];
        var value = Assert.IsType<V1JSONSchemaProps>(labels.AdditionalProperties);

        Assert.Equal(("object", (long?)null, 2L), (labels.Type, labels.MinProperties, labels.MaxProperties));
        Assert.Equal(("string", "^[A-Z]+$", 6L), (value.Type, value.Pattern, value.MaxLength));
    }

    [Fact]
    public void Items_of_a_keyed_list_are_told_apart_by_their_key()
    {
        var parts = Spec.Properties["parts"];

        Assert.Equal("map", parts.XKubernetesListType);
        Assert.Equal(["key"], parts.XKubernetesListMapKeys);
    }

    [Fact]
    public void A_rule_stands_on_its_property_and_on_every_use_of_its_type()
    {
        var parts = Spec.Properties["parts"];

        Assert.Equal(("self.size() > 0", "name a part"), Only(parts));
        Assert.Equal(".[0]", parts.XKubernetesValidations[0].FieldPath);
        Assert.Equal(("self.key != 'none'", "a part has a key"), Only((V1JSONSchemaProps)parts.Items));
        Assert.Equal(("self.key != 'none'", "a part has a key"), Only(Spec.Properties["spare"]));
    }

    [Fact]
    public void Conditions_are_those_of_Kubernetes()
    {
        var conditions = Status.Properties["conditions"];
        var condition = Assert.IsType<V1JSONSchemaProps>(conditions.Items);

        Assert.Equal(["type"], conditions.XKubernetesListMapKeys);
        Assert.Equal(["lastTransitionTime", "message", "reason", "status", "type"], condition.Required);
        Assert.Equal(["True", "False", "Unknown"], condition.Properties["status"].EnumProperty);
        Assert.Equal(("string", "date-time"), (Status.Properties["seen"].Type, Status.Properties["seen"].Format));
    }

    [Fact]
    public void A_description_is_the_propertys_own_or_else_its_types()
    {
        Assert.Equal("A sample.", Root.Description);
        Assert.Equal("Its title.", Spec.Properties["title"].Description);
        Assert.Equal("A part.", Spec.Properties["spare"].Description);
        Assert.Null(Spec.Properties["count"].Description);
    }

    [Theory]
    [MemberData(nameof(Misuses))]
    public void An_attribute_that_can_do_nothing_is_an_error(Type misuse)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Builder().Build(misuse));

        Assert.Contains(misuse.Name + ".Value", error.Message.Replace('+', '.'), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(MisusedAttributes.Endless))]
    [InlineData(typeof(MisusedAttributes.Vague))]
    public void A_type_without_a_structural_schema_is_an_error(Type type) => Assert.Throws<NotSupportedException>(() => Builder().Build(type));

    [Fact]
    public void A_class_that_names_no_kind_is_an_error() =>
        Assert.Throws<InvalidOperationException>(() => new CustomResourceDefinitionGenerator(NoDocumentation()).Generate(typeof(SampleSpec)));

    [Fact]
    public void The_file_says_how_it_was_made_and_reads_back_as_the_same_definition()
    {
        var file = CustomResourceDefinitionFile.Of(Definition);

        Assert.Equal("samples.example.com.yaml", file.Name);
        Assert.StartsWith("# Generated ", file.Text, StringComparison.Ordinal);
        Assert.Contains(CustomResourceDefinitionFile.Command, file.Text, StringComparison.Ordinal);
        Assert.Equal(file.Text, CustomResourceDefinitionFile.Of(KubernetesYaml.Deserialize<V1CustomResourceDefinition>(file.Text)).Text);
    }

    private static SchemaBuilder Builder() => new(NoDocumentation());

    private static XmlDocumentation NoDocumentation() => XmlDocumentation.Read(new StringReader("<doc/>"));

    private static (string Rule, string Message) Only(V1JSONSchemaProps schema)
    {
        var rule = Assert.Single(schema.XKubernetesValidations);
        return (rule.Rule, rule.Message);
    }
}
