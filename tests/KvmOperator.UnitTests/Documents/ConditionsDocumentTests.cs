using System.Reflection;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Tests;
using Xunit;

namespace KvmOperator.UnitTests.Documents;

/// <summary>Whoever reads a condition or an event finds it in docs/conditions.md.</summary>
public sealed class ConditionsDocumentTests
{
    private static readonly string[] Document = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "conditions.md"));

    [Theory]
    [InlineData("All kinds", typeof(CommonConditions), typeof(CommonReasons))]
    [InlineData("KvmHost", typeof(KvmHostConditions), typeof(KvmHostReasons))]
    [InlineData("NfsStore", typeof(NfsStoreConditions), typeof(NfsStoreReasons))]
    [InlineData("VirtualMachine", typeof(VirtualMachineConditions), typeof(VirtualMachineReasons))]
    [InlineData("VmMigration", typeof(VmMigrationConditions), typeof(VmMigrationReasons))]
    [InlineData("VmwareImport", typeof(VmwareImportConditions), typeof(VmwareImportReasons))]
    public void Every_condition_and_reason_of_a_kind_is_explained_and_no_other(string kind, Type conditions, Type reasons)
    {
        var rows = Rows(kind);

        Assert.Equal(Words(conditions).Concat(Words(reasons)).Order(StringComparer.Ordinal), rows.Select(row => row.Name).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal(Words(conditions).Contains(row.Name, StringComparer.Ordinal), row.Is.StartsWith("condition", StringComparison.Ordinal)));
    }

    /// <summary>The rows of the table of one kind.</summary>
    private static List<(string Name, string Is)> Rows(string kind) =>
    [
        .. Document.SkipWhile(line => line != $"## {kind}").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (cells[1].Trim('`'), cells[2])),
    ];

    private static List<string> Words(Type words) =>
    [
        .. words.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!),
    ];
}
