using System.Globalization;
using KvmOperator.Tests;
using KvmOperator.UnitTests.Planning.Failover.Simulation;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>The scenarios of the folder <c>Scenarios</c>: they read without this code, and end as they say, also when the leader is killed at any moment of them.</summary>
public sealed class ScenarioTests
{
    /// <summary>Those that take longer are killed at a tenth of the effects only.</summary>
    private const int LongRun = 400;

    private static readonly IReadOnlyList<Scenario> All =
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "tests", "KvmOperator.UnitTests", "Planning", "Failover", "Scenarios"), "*.txt")
            .Order(StringComparer.Ordinal)
            .SelectMany(file => Scenario.Read(File.ReadAllText(file))),
    ];

    public static TheoryData<string> Names => [.. All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_scenario_ends_as_its_text_says(string name)
    {
        var (pool, problems) = Find(name).Run(settings => settings with { Traces = true });

        Assert.True(problems.Count == 0, Explain(pool, problems));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_scenario_ends_so_wherever_its_leader_is_killed(string name)
    {
        var scenario = Find(name);
        var effects = scenario.Run(settings => settings).Pool.Effects;
        for (var number = 0; number < effects; number += scenario.End > LongRun ? 10 : SimulationDepth.KillStep)
        {
            foreach (var isBefore in (bool[])[true, false])
            {
                SimulationSettings Killed(SimulationSettings settings) => settings with { KillBefore = isBefore ? number : -1, KillAfter = isBefore ? -1 : number };
                if (scenario.RunToItsEnd(Killed).Problems.Count > 0)
                {
                    var (pool, problems) = scenario.RunToItsEnd(settings => Killed(settings) with { Traces = true });
                    Assert.Fail($"killed {(isBefore ? "before" : "after")} effect {number.ToString(CultureInfo.InvariantCulture)}\n{Explain(pool, problems)}");
                }
            }
        }
    }

    [Fact]
    public void There_are_seventy_scenarios_and_no_two_of_one_name()
    {
        Assert.True(All.Count >= 70);
        Assert.Equal(All.Count, All.DistinctBy(scenario => scenario.Name).Count());
    }

    private static Scenario Find(string name) => All.Single(scenario => scenario.Name == name);

    private static string Explain(SimulatedPool pool, IReadOnlyList<string> problems) => string.Join(
        '\n', problems.Concat(pool.Log.Select(entry => string.Create(CultureInfo.InvariantCulture, $"  {entry.Time / 1000.0,7:0.00} {entry.What}")).TakeLast(150)));
}
