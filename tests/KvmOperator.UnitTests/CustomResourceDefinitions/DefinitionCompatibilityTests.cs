using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>
/// Objects that were made under older definitions are still taken: within v1alpha1 no field goes, gets narrower or becomes required. The folder Previous has the oldest definitions that anybody may have installed.
/// </summary>
public sealed class DefinitionCompatibilityTests
{
    private static readonly string Older = Path.Combine(Repository.Root, "tests", "KvmOperator.UnitTests", "CustomResourceDefinitions", "Previous");

    /// <summary>
    /// What is narrower on purpose. The first stands in CHANGELOG.md. The next ones are about fields and values that older objects do not have. Nobody looked at a VmwareImport before: what must not change
    /// of it is less than all of it, as it was, and a card is connected to one of two things.
    /// </summary>
    private static readonly string[] Told =
    [
        "NfsStore.spec.exportOptions: the rule self.all(option, !(option in ['fsid=0', 'fsid=root'])) is new",
        "KvmHost.spec.preparation: the rule !has(self.timeService) || self.timeService != 'Unmanaged' || !has(self.timeServers) || size(self.timeServers) == 0 is new",
        "VirtualMachine.spec: the rule !self.disks.exists(disk, disk.bus == 'ide') || (has(self.machine) && self.machine == 'i440fx') is new",
        "VirtualMachine.spec: the rule has(self.machine) == has(oldSelf.machine) && (!has(self.machine) || self.machine == oldSelf.machine) is new",
        "VmwareImport.spec: the rule self.virtualMachine == oldSelf.virtualMachine && self.storeRef == oldSelf.storeRef && self.trim == oldSelf.trim && self.engine == oldSelf.engine && has(self.verify) == has(oldSelf.verify) && (!has(self.verify) || self.verify == oldSelf.verify) && self.source.path == oldSelf.source.path && has(self.source.hostRef) == has(oldSelf.source.hostRef) && (!has(self.source.hostRef) || self.source.hostRef == oldSelf.source.hostRef) && has(self.source.storeRef) == has(oldSelf.source.storeRef) && (!has(self.source.storeRef) || self.source.storeRef == oldSelf.source.storeRef) is new",
        "VmwareImport: the rule self.spec == oldSelf.spec || !has(oldSelf.status) || !has(oldSelf.status.pipeline) || !oldSelf.status.pipeline.exists(one, one.step == 'Convert' && one.state != 'Pending') is new",
    ];

    [Fact]
    public void What_older_definitions_took_is_taken()
    {
        var files = Directory.GetFiles(Older, "*.yaml");

        var narrower = files.SelectMany(file => Narrower(Kind(file), Schema(file), Schema(Path.Combine(Repository.Root, "config", "crd", Path.GetFileName(file))))).ToList();

        // No older operator wrote the status of a VmwareImport.
        narrower.RemoveAll(line => line.StartsWith("VmwareImport.status", StringComparison.Ordinal));
        Assert.Equal(5, files.Length);
        Assert.Equal(Told.Order(StringComparer.Ordinal), narrower.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"type": "string", "maxLength": 10}""", """{"type": "string", "maxLength": 9}""", "field: maxLength is 9 instead of 10")]
    [InlineData("""{"type": "string"}""", """{"type": "string", "maxLength": 9}""", "field: maxLength is 9 instead of nothing")]
    [InlineData("""{"type": "string", "maxLength": 10}""", """{"type": "string", "maxLength": 11}""", null)]
    [InlineData("""{"type": "integer", "minimum": 1}""", """{"type": "integer", "minimum": 2}""", "field: minimum is 2 instead of 1")]
    [InlineData("""{"type": "integer", "minimum": 1}""", """{"type": "integer"}""", null)]
    [InlineData("""{"type": "string"}""", """{"type": "integer"}""", "field: type is integer instead of string")]
    [InlineData("""{"type": "string", "enum": ["a", "b"]}""", """{"type": "string", "enum": ["b", "c"]}""", "field: a is no longer a value")]
    [InlineData("""{"type": "string", "enum": ["a"]}""", """{"type": "string", "enum": ["b", "a"]}""", null)]
    [InlineData("""{"type": "object", "properties": {"x": {"type": "string"}}}""", """{"type": "object", "properties": {}}""", "field.x: it is gone")]
    [InlineData("""{"type": "object", "properties": {"x": {"type": "string"}}}""", """{"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}""", "field: x is required")]
    [InlineData("""{"type": "array", "items": {"type": "string"}}""", """{"type": "array", "items": {"type": "string", "pattern": "^a"}}""", "field[]: pattern is ^a instead of nothing")]
    public void A_narrower_schema_is_noticed(string before, string after, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], Narrower("field", JsonNode.Parse(before)!, JsonNode.Parse(after)!));

    /// <summary>Everything that <paramref name="before"/> takes and <paramref name="after"/> may refuse.</summary>
    private static IEnumerable<string> Narrower(string path, JsonNode before, JsonNode? after)
    {
        if (after is null)
        {
            return [$"{path}: it is gone"];
        }

        return
        [
            .. from key in (string[])["type", "format", "pattern"]
               where after[key] is not null && Text(after[key]) != Text(before[key])
               select $"{path}: {key} is {Text(after[key])} instead of {Text(before[key])}",
            .. from key in (string[])["maximum", "maxLength", "maxItems", "maxProperties"]
               where after[key] is not null && (before[key] is null || Number(after[key]!) < Number(before[key]!))
               select $"{path}: {key} is {Text(after[key])} instead of {Text(before[key])}",
            .. from key in (string[])["minimum", "minLength", "minItems", "minProperties"]
               where after[key] is not null && (before[key] is null || Number(after[key]!) > Number(before[key]!))
               select $"{path}: {key} is {Text(after[key])} instead of {Text(before[key])}",
            .. after["enum"] is null ? [] : Texts(before["enum"]).Except(Texts(after["enum"])).Select(value => $"{path}: {value} is no longer a value"),
            .. Texts(after["required"]).Except(Texts(before["required"])).Select(field => $"{path}: {field} is required"),
            .. Rules(after).Except(Rules(before)).Select(rule => $"{path}: the rule {rule} is new"),
            .. Fields(before).SelectMany(field => Narrower($"{path}.{field.Key}", field.Value!, after["properties"]?[field.Key])),
            .. before["items"] is { } item ? Narrower($"{path}[]", item, after["items"]) : [],
            .. before["additionalProperties"] is JsonObject value ? Narrower($"{path}{{}}", value, after["additionalProperties"]) : [],
        ];
    }

    private static JsonObject Definition(string file) => YamlDocuments.Read(File.ReadAllText(file))[0];

    private static string Kind(string file) => (string)Definition(file)["spec"]!["names"]!["kind"]!;

    private static JsonNode Schema(string file) => Definition(file)["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!;

    private static string Text(JsonNode? node) => node?.ToString() ?? "nothing";

    private static double Number(JsonNode node) => node.AsValue().GetValueKind() == JsonValueKind.Number ? double.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : throw new InvalidOperationException($"{node} is no number");

    private static IEnumerable<string> Texts(JsonNode? list) => list?.AsArray().Select(Text) ?? [];

    private static IEnumerable<string> Rules(JsonNode schema) => schema["x-kubernetes-validations"]?.AsArray().Select(rule => (string)rule!["rule"]!) ?? [];

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Fields(JsonNode schema) => schema["properties"]?.AsObject() ?? [];
}
