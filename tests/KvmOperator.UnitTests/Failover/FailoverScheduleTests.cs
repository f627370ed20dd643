using System.Globalization;
using KvmOperator.Api.KvmHosts;
using KvmOperator.UnitTests.Planning.Failover.Simulation;
using Xunit;

namespace KvmOperator.UnitTests.Failover;

/// <summary>
/// The product's loop through random faults: hosts that are cut off, frozen, thawed and restarted, a server that is away, operators that die, and effects that are done, done without an answer, not done, or done late. The rig judges by what
/// the machines really have. A seed repeats a run; <c>KVM_OPERATOR_SIMULATIONS=10000</c> has ten times as many.
/// </summary>
public sealed class FailoverScheduleTests
{
    private static int Schedules => SimulationDepth.Runs / 10;

    [Fact]
    public async Task No_guest_is_ever_written_by_two_and_everything_comes_to_an_end()
    {
        for (var seed = 1; seed <= Schedules; seed++)
        {
            var rig = await RunAsync((ulong)seed);
            var told = $"seed {seed.ToString(CultureInfo.InvariantCulture)}: {string.Join(" | ", rig.Violations)}; {string.Join(", ", rig.Done)}";
            Assert.True(rig.Violations.Count == 0, told);
            Assert.True(rig.Marks.Count == 0, told);
            Assert.True(rig.Running().Count == 1, $"{told}: it runs on {string.Join(" and ", rig.Running())}");
        }
    }

    private static async Task<FailoverRig> RunAsync(ulong seed)
    {
        var random = new SeededRandom(seed);
        var rig = new FailoverRig();
        await rig.PassAsync(TimeSpan.FromSeconds(35));
        rig.Delay = () => random.Next(2, 60);
        rig.Fate = _ => random.Next(0, 100) switch
        {
            < 6 => EffectOutcome.DoneAnswerLost,
            < 12 => EffectOutcome.NotDone,
            < 16 => EffectOutcome.DoneLate,
            _ => EffectOutcome.Done,
        };
        for (var moment = 0; moment < 40; moment++)
        {
            Disturb(rig, random);
            await rig.PassAsync(TimeSpan.FromSeconds(random.Next(1, 12)));
        }

        rig.Fate = _ => EffectOutcome.Done;
        rig.IsServerAlive = true;
        foreach (var host in new[] { "node1", "node2" }.Where(rig.IsSilent))
        {
            rig.Answer(host, restarted: random.Happens(500));
        }

        await rig.UntilAsync(() => IsOver(rig, "node1") && IsOver(rig, "node2"), TimeSpan.FromMinutes(30));
        await rig.PassAsync(TimeSpan.FromMinutes(3));
        return rig;
    }

    private static bool IsOver(FailoverRig rig, string host) => rig.State(host) is null or HostFailoverState.Quarantined;

    private static void Disturb(FailoverRig rig, SeededRandom random)
    {
        var host = random.OneOf<string>(["node1", "node2"]);
        switch (random.Next(0, 12))
        {
            case < 3 when !rig.IsSilent(host):
                rig.Silence(host);
                break;
            case < 5 when rig.IsSilent(host):
                rig.Answer(host, restarted: random.Happens(500));
                break;
            case 5:
                rig.KillNow();
                break;
            case 6:
                rig.IsServerAlive = !rig.IsServerAlive;
                break;
            case 7:
                rig.IsServerAlive = true;
                break;
        }
    }
}
