using System.Globalization;
using KvmOperator.UnitTests.Planning.Failover.Simulation;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>
/// Random faults, random outcomes of effects, random deaths of leaders: whatever happens, the storage model sees no byte of an old start after a new one, nobody is shut out whom somebody reached, and all is well in the end.
/// A failure prints a seed; <see cref="A_seed_reproduces_its_run"/> and <c>RandomSchedule.Of(seed, Mutant.None).Explain()</c> show the same run again.
/// </summary>
public sealed class RandomScheduleTests
{
    private const ulong MutantRuns = 2000;

    [Fact]
    public void Whatever_happens_no_old_byte_follows_a_new_start_and_all_is_well_in_the_end()
    {
        for (ulong seed = 1; seed <= (ulong)SimulationDepth.Runs; seed++)
        {
            var schedule = RandomSchedule.Of(seed, Mutant.None);
            if (schedule.Run(traces: false, out _).Count > 0)
            {
                Assert.Fail(schedule.Shrunk().Explain());
            }
        }
    }

    [Fact]
    public void A_seed_reproduces_its_run()
    {
        Assert.Equal(RandomSchedule.Of(7, Mutant.None).Explain(), RandomSchedule.Of(7, Mutant.None).Explain());
        Assert.NotEqual(RandomSchedule.Of(7, Mutant.None).Explain(), RandomSchedule.Of(8, Mutant.None).Explain());
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_mistake_is_found(string name)
    {
        var mutant = Enum.Parse<Mutant>(name);
        for (ulong seed = 1; seed <= MutantRuns; seed++)
        {
            if (RandomSchedule.Of(seed, mutant).Run(traces: false, out var pool).Count > 0 && pool.Violations.Count > 0)
            {
                TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mutant}: seed {seed}: {pool.Violations[0]}"));
                return;
            }
        }

        Assert.Fail($"Nobody noticed {mutant} in {MutantRuns} runs.");
    }

    public static TheoryData<string> Mutants => [.. Enum.GetNames<Mutant>().Where(name => name != nameof(Mutant.None))];
}
