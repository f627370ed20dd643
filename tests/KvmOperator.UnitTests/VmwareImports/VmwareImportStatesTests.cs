using System.Text.RegularExpressions;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Tests;
using KvmOperator.VmwareImports;
using Xunit;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>The diagram that people read is the table that the controller obeys.</summary>
public sealed partial class VmwareImportStatesTests
{
    [Fact]
    public void The_diagram_beside_the_code_says_what_the_table_says()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "src", "KvmOperator", "VmwareImports", "states.md"));
        var drawn = Arrow().Matches(text).ToDictionary(
            match => match.Groups["from"].Value, match => match.Groups["to"].Value == "(end)" ? [] : match.Groups["to"].Value.Split(", "), StringComparer.Ordinal);

        Assert.Equal(Enum.GetNames<ImportStep>().Append("(new)").Order(StringComparer.Ordinal), drawn.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["Inspect"], drawn["(new)"]);
        Assert.All(VmwareImportStates.Next, pair => Assert.Equal(pair.Value.Select(step => step.ToString()), drawn[pair.Key.ToString()]));
    }

    [GeneratedRegex(@"^(?<from>\(new\)|\w+) +-> (?<to>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Arrow();
}
