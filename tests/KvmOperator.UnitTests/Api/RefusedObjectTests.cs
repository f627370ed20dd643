using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using Xunit;

namespace KvmOperator.UnitTests.Api;

/// <summary>Old servers drop rules in CEL: whatever a current server refuses, the operator refuses too.</summary>
public sealed class RefusedObjectTests
{
    private static readonly Dictionary<string, Func<JsonNode, IReadOnlyList<SpecError>>> Validators = new(StringComparer.Ordinal)
    {
        ["KvmHost"] = sample => KvmHostValidator.Validate(Read<KvmHost>(sample)),
        ["NfsStore"] = sample => NfsStoreValidator.Validate(Read<NfsStore>(sample)),
        ["VirtualMachine"] = sample => VirtualMachineValidator.Validate(Read<VirtualMachine>(sample)),
        ["VmMigration"] = sample => VmMigrationValidator.Validate(Read<VmMigration>(sample)),
        ["VmwareImport"] = sample => VmwareImportValidator.Validate(Read<VmwareImport>(sample)),
    };

    /// <summary>The reader of quantities does not mind the blank, and reads what is meant.</summary>
    private const string QuantityWithABlank = "\"1 Gi\"";

    public static TheoryData<string> Kinds => [.. SampleObjects.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_object_that_is_spoilt_is_a_valid_one(string kind) => Assert.Empty(Validators[kind](Sample(kind)));

    [Theory]
    [MemberData(nameof(RefusedObjects.BySchema), MemberType = typeof(RefusedObjects))]
    public void What_the_schema_refuses_cannot_be_read_or_is_refused_by_the_validator(string kind, string path, string? value, string message) =>
        Assert.True(IsRefused(kind, path, value) || value == QuantityWithABlank, $"let through, though a server says: {message}");

    [Theory]
    [MemberData(nameof(RefusedObjects.ByRule), MemberType = typeof(RefusedObjects))]
    public void What_a_rule_refuses_is_refused_by_the_validator(string kind, string path, string? value, string message) =>
        Assert.True(IsRefused(kind, path, value), $"let through, though a server says: {message}");

    private static bool IsRefused(string kind, string path, string? value)
    {
        var sample = Sample(kind);
        SampleObjects.Set(sample, path, value);
        try
        {
            return Validators[kind](sample).Count > 0;
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException or OverflowException)
        {
            return true;
        }
    }

    private static JsonObject Sample(string kind)
    {
        var sample = SampleObjects.Valid(kind, "spoilt");
        sample["metadata"]!["namespace"] = "default";
        return sample;
    }

    private static TEntity Read<TEntity>(JsonNode sample) => KubernetesJson.Deserialize<TEntity>(sample.ToJsonString());
}
