using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>Machines that are three times slower than the laboratory's usual ones: all takes longer, and nothing is taken for what it is not.</summary>
public sealed class SlowMachineScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private static readonly string[] Machines = ["storage", "node1", "node2"];

    /// <summary>Onboarding is a part of it.</summary>
    protected override Beginning Beginning => Beginning.Prepared;

    [Fact]
    public async Task Machines_are_prepared_and_a_guest_runs_and_moves_and_nobody_is_called_unreachable()
    {
        try
        {
            foreach (var machine in Machines)
            {
                await Lab.Machines.VerbAsync(CancellationToken, "slow", machine, "3");
            }

            await Lab.StartOperatorAsync(CancellationToken);
            await using var reachability = Reachability.Begin(Cluster);
            await Lab.ApplyPoolAsync(CancellationToken);
            await Lab.CopyGuestImageAsync(CancellationToken);

            var source = (await RunningGuestAsync("xx")).Status!.Host!;
            Assert.Equal([source], await HostsRunningAsync("xx"));
            Succeeded(await MoveAsync("move", "xx", Other(source)));
            Assert.Equal([Other(source)], await HostsRunningAsync("xx"));

            await reachability.WasNeverLostAsync(CancellationToken);
        }
        finally
        {
            // The lab may be used by the next scenario.
            foreach (var machine in Machines)
            {
                await Lab.Machines.TryAsync(["quick", machine], CancellationToken.None);
            }
        }
    }
}
