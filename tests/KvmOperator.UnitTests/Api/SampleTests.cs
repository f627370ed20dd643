using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace KvmOperator.UnitTests.Api;

/// <summary>What people paste has to be right.</summary>
public sealed class SampleTests
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private static readonly Dictionary<string, Func<JsonNode, IReadOnlyList<SpecError>>> Validators = new(StringComparer.Ordinal)
    {
        ["KvmHost"] = sample => KvmHostValidator.Validate(sample.Deserialize<KvmHost>(Strict)!),
        ["NfsStore"] = sample => NfsStoreValidator.Validate(sample.Deserialize<NfsStore>(Strict)!),
        ["VirtualMachine"] = sample => VirtualMachineValidator.Validate(sample.Deserialize<VirtualMachine>(Strict)!),
        ["VmMigration"] = sample => VmMigrationValidator.Validate(sample.Deserialize<VmMigration>(Strict)!),
        ["VmwareImport"] = sample => VmwareImportValidator.Validate(sample.Deserialize<VmwareImport>(Strict)!),
    };

    public static TheoryData<string> Files => new(Directory.GetFiles(Folder, "*.yaml").Select(path => Path.GetFileName(path)));

    private static string Folder => Path.Combine(Repository.Root, "config", "samples");

    [Theory]
    [MemberData(nameof(Files))]
    public void A_sample_has_only_fields_that_its_kind_knows_and_passes_its_validator(string file)
    {
        var samples = Read(file);

        Assert.NotEmpty(samples);
        Assert.All(samples, sample => Assert.Empty(Validators[(string)sample["kind"]!](sample)));
    }

    [Fact]
    public void Every_kind_has_a_sample()
    {
        var shown = Directory.GetFiles(Folder, "*.yaml").SelectMany(path => Read(Path.GetFileName(path))).Select(sample => (string)sample["kind"]!);

        Assert.Equal(Validators.Keys.Order(StringComparer.Ordinal), shown.Distinct().Order(StringComparer.Ordinal));
    }

    private static List<JsonNode> Read(string file)
    {
        var parser = new Parser(new StringReader(File.ReadAllText(Path.Combine(Folder, file))));
        var yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
        var json = new SerializerBuilder().JsonCompatible().Build();
        var documents = new List<JsonNode>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            documents.Add(JsonNode.Parse(json.Serialize(yaml.Deserialize(parser)))!);
        }

        return documents;
    }
}
