using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>The operator is killed with -9 in the middle of its work; the next one completes it, and never do two domains run.</summary>
public sealed class OperatorKilledScenario(LabFixture fixture) : GuestScenario(fixture)
{
    [Fact]
    public async Task A_move_is_completed_by_the_next_operator_wherever_the_first_was_killed()
    {
        var place = (await RunningGuestAsync("xx")).Status!.Host!;
        (string Name, Func<VmMigration, bool> Reached)[] points =
        [
            ("pending", move => move.Status?.Phase is not null),
            ("preflight", move => Reached(move, VmMigrationPhase.Preflight)),
            ("preparing", move => Reached(move, VmMigrationPhase.Preparing)),
            ("running", move => Reached(move, VmMigrationPhase.Running)),
            ("verifying", move => Reached(move, VmMigrationPhase.Verifying)),
        ];
        foreach (var (name, reached) in points)
        {
            // Slow enough that each phase is there to be seen.
            await Cluster.ApplyAsync(PoolManifests.Migration(name, "xx", Other(place), "  bandwidthMiBPerSecond: 8"), CancellationToken);
            await Cluster.UntilAsync($"default/{name}", $"it can be killed at {name}", reached, MoveDeadline, CancellationToken);
            await Lab.KillOperatorAsync(CancellationToken);
            Assert.True((await HostsRunningAsync("xx")).Count <= 1, $"killed at {name}: two domains run");

            await Lab.StartOperatorAsync(CancellationToken);
            var move = await UntilOverAsync(name);

            Succeeded(move, $"killed at {name}: ");
            place = Other(place);
            Assert.Equal([place], await HostsRunningAsync("xx"));
            Assert.DoesNotContain(Domain("xx"), await Lab.DefinedDomainsAsync(Other(place), CancellationToken));
        }
    }

    [Fact]
    public async Task A_guest_is_created_once_wherever_the_operator_was_killed()
    {
        (string Name, Func<VirtualMachine, bool> Reached)[] points =
        [
            ("accepted", machine => machine.Metadata.Finalizers?.Count > 0),
            ("placed", machine => machine.Status?.Host is not null),
            ("disks", machine => machine.Status.Condition(VirtualMachineConditions.DisksReady) is { Status: "False" } || machine.Status.Is(VirtualMachineConditions.DisksReady)),
            ("defining", machine => machine.Status.Is(VirtualMachineConditions.DisksReady) || machine.Status?.Phase == "Running"),
            ("started", machine => machine.Status?.StartTime is not null),
        ];
        foreach (var (name, reached) in points)
        {
            await Cluster.ApplyAsync(PoolManifests.Guest(name), CancellationToken);
            await Cluster.UntilAsync($"default/{name}", $"it can be killed at {name}", reached, StartDeadline, CancellationToken);
            await Lab.KillOperatorAsync(CancellationToken);

            await Lab.StartOperatorAsync(CancellationToken);
            var host = (await UntilRunningAsync(name)).Status!.Host!;

            Assert.Equal([host], await HostsRunningAsync(name));
            Assert.DoesNotContain(Domain(name), await Lab.DefinedDomainsAsync(Other(host), CancellationToken));
            await Cluster.KubectlAsync(CancellationToken, "patch", "virtualmachine", name, "--type=merge", "-p", "{\"spec\":{\"terminationGracePeriodSeconds\":0,\"deletionPolicy\":\"Delete\"}}");
            await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", name, "--wait=false");
            await Cluster.UntilGoneAsync<VirtualMachine>($"default/{name}", StartDeadline, CancellationToken);
        }
    }

    private static bool Reached(VmMigration move, VmMigrationPhase phase) => move.Status?.PhaseTransitions.Any(transition => transition.Phase == phase) == true;
}
