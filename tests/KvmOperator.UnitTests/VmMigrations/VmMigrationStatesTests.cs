using System.Text.RegularExpressions;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Tests;
using KvmOperator.VmMigrations;
using Xunit;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>The diagram that people read is the table that the controller obeys.</summary>
public sealed partial class VmMigrationStatesTests
{
    [Fact]
    public void The_diagram_beside_the_code_says_what_the_table_says()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "src", "KvmOperator", "VmMigrations", "states.md"));
        var drawn = Arrow().Matches(text).ToDictionary(
            match => match.Groups["from"].Value,
            match => match.Groups["to"].Value == "(end)" ? [] : match.Groups["to"].Value.Split(", "),
            StringComparer.Ordinal);

        Assert.Equal(Enum.GetNames<VmMigrationPhase>().Append("(new)").Order(StringComparer.Ordinal), drawn.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["Pending"], drawn["(new)"]);
        Assert.All(VmMigrationStates.Next, pair => Assert.Equal(pair.Value.Select(phase => phase.ToString()), drawn[pair.Key.ToString()]));
    }

    [Fact]
    public void Every_phase_leads_to_an_end()
    {
        foreach (var phase in Enum.GetValues<VmMigrationPhase>())
        {
            var reached = new HashSet<VmMigrationPhase> { phase };
            while (reached.SelectMany(one => VmMigrationStates.Next[one]).Except(reached).ToList() is { Count: > 0 } more)
            {
                reached.UnionWith(more);
            }

            Assert.Contains(reached, one => VmMigrationPhases.IsEnd(one));
        }
    }

    [Fact]
    public void What_is_over_leads_nowhere_and_all_else_goes_on() =>
        Assert.All(VmMigrationStates.Next, pair => Assert.Equal(pair.Value.Count == 0, VmMigrationPhases.IsEnd(pair.Key)));

    [GeneratedRegex(@"^(?<from>\(new\)|\w+) +-> (?<to>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Arrow();
}
