using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>The documentation has every concern, with the category and whether it may be released.</summary>
public sealed class ConcernDocumentTests
{
    [Fact]
    public void Every_concern_stands_in_the_table()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "imports.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);

        Assert.All(Enum.GetValues<ConcernId>(), id =>
        {
            var concern = ConcernCatalogue.Make(id, string.Empty, string.Empty);
            Assert.Contains($"| `{id}` | {concern.Category} | {concern.Label} | {(concern.IsReleasable ? $"`{id}`" : "–")} |", rows);
        });
    }
}
