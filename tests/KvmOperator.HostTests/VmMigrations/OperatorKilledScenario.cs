using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>The operator is killed with -9 in the middle of its work; the next one completes it, and never do two domains run: both hosts are asked for that all the time.</summary>
public sealed class OperatorKilledScenario(LabFixture fixture) : GuestScenario(fixture)
{
    /// <summary>A phase may be over before the kill comes: such a kill proves nothing, and another one is tried.</summary>
    private const int Tries = 4;

    private const string Slow = "  bandwidthMiBPerSecond: 8";

    [Fact]
    public async Task A_move_is_completed_by_the_next_operator_wherever_the_first_was_killed()
    {
        var place = (await RunningGuestAsync("xx")).Status!.Host!;
        await using var watch = DomainWatch.Begin(Lab.Machines);
        await watch.UntilAskedAsync(CancellationToken);
        foreach (var phase in new[] { VmMigrationPhase.Preflight, VmMigrationPhase.Preparing, VmMigrationPhase.Verifying })
        {
            place = await MoveWithAKillAsync("xx", place, phase, Slow);
            Assert.Equal([place], await HostsRunningAsync("xx"));
        }

        await KillWithOneRunningAndOnePendingAsync(place);

        await NeverTwiceAsync(watch, "xx", state => state == "running");
    }

    [Fact]
    public async Task A_guest_that_is_off_is_on_one_host_wherever_the_operator_was_killed()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("resting", "  runStrategy: Halted"), CancellationToken);
        var place = (await UntilPhaseAsync("resting", "Stopped")).Status!.Host!;
        await using var watch = DomainWatch.Begin(Lab.Machines);
        await watch.UntilAskedAsync(CancellationToken);
        foreach (var phase in new[] { VmMigrationPhase.Preparing, VmMigrationPhase.Verifying })
        {
            place = await MoveWithAKillAsync("resting", place, phase);
        }

        await watch.EndAsync();
        Assert.DoesNotContain(watch.Samples, sample => sample.States.ContainsKey(Domain("resting")));
        Assert.Equal(place, (await RunningGuestAsync("resting", "  runStrategy: Always")).Status!.Host);
    }

    [Fact]
    public async Task A_guest_is_created_once_wherever_the_operator_was_killed()
    {
        (string Name, Func<VirtualMachine, bool> Reached)[] points =
        [
            ("accepted", machine => machine.Metadata.Finalizers?.Count > 0),
            ("placed", machine => machine.Status?.Host is not null),
            ("disks", machine => machine.Status.Condition(VirtualMachineConditions.DisksReady) is { Status: "False", Reason: CommonReasons.InProgress } || machine.Status.Is(VirtualMachineConditions.DisksReady)),
            ("defined", machine => machine.Status is { Phase: "Starting" } || machine.Status.Is(VirtualMachineConditions.Defined)),
        ];
        await using var watch = DomainWatch.Begin(Lab.Machines);
        await watch.UntilAskedAsync(CancellationToken);
        foreach (var (name, reached) in points)
        {
            await CreateWithAKillAsync(name, reached);
        }

        // Not even for a moment, and neither one that stands still.
        await watch.EndAsync();
        Assert.All(
            watch.Samples.SelectMany(sample => sample.States.Keys).Distinct(StringComparer.Ordinal), domain => Assert.Null(DomainSample.TwoAtOnce(watch.Samples, domain, _ => true)));
        Assert.All(points, point => Assert.Contains(watch.Samples, sample => sample.States.Keys.Any(domain => domain.StartsWith(Domain(point.Name), StringComparison.Ordinal))));
    }

    /// <summary>Moves a guest to the other host and kills the operator in a phase of that; as often as it takes until the kill came in time.</summary>
    /// <returns>Where the guest is then.</returns>
    private async Task<string> MoveWithAKillAsync(string guest, string place, VmMigrationPhase phase, string more = "")
    {
        var late = new List<string>();
        for (var number = 1; number <= Tries; number++)
        {
            var name = $"{guest}-{phase.ToString().ToLowerInvariant()}-{number}";
            await Cluster.ApplyAsync(PoolManifests.Migration(name, guest, Other(place), more), CancellationToken);
            await UntilMovePhaseAsync(name, phase);
            await Lab.KillOperatorAsync(CancellationToken);
            var killed = await Cluster.GetAsync<VmMigration>($"default/{name}", CancellationToken);

            await Lab.StartOperatorAsync(CancellationToken);
            await UntilMovedAsync(name, guest, place);
            place = Other(place);
            if (killed.Status!.Phase == phase)
            {
                return place;
            }

            late.Add(Story(killed));
        }

        Assert.Fail($"no kill came while a move was {phase}: {string.Join("; ", late)}");
        return place;
    }

    /// <summary>One move sends memory, and the next one waits for its end.</summary>
    private async Task KillWithOneRunningAndOnePendingAsync(string place)
    {
        await Cluster.ApplyAsync(PoolManifests.Migration("running", "xx", Other(place), "  bandwidthMiBPerSecond: 2"), CancellationToken);
        await UntilMovePhaseAsync("running", VmMigrationPhase.Running);
        await Cluster.ApplyAsync(PoolManifests.Migration("pending", "xx", place, Slow), CancellationToken);
        await Cluster.UntilAsync<VmMigration>(
            "default/pending",
            "it waits for its turn",
            move => move.Status is { Phase: VmMigrationPhase.Pending } && move.Status.Condition(CommonConditions.Succeeded)?.Reason is VmMigrationReasons.WaitingForSlot or CommonReasons.DependencyNotReady,
            MoveDeadline,
            CancellationToken);
        await Lab.KillOperatorAsync(CancellationToken);
        var (running, pending) = (await Cluster.GetAsync<VmMigration>("default/running", CancellationToken), await Cluster.GetAsync<VmMigration>("default/pending", CancellationToken));
        Assert.True((running.Status!.Phase, pending.Status!.Phase) == (VmMigrationPhase.Running, VmMigrationPhase.Pending), $"the kill came late: {Story(running)}; {Story(pending)}");

        await Lab.StartOperatorAsync(CancellationToken);
        Succeeded(await UntilOverAsync("running"), "killed while it ran: ");
        await UntilMovedAsync("pending", "xx", Other(place));
        Assert.Equal([place], await HostsRunningAsync("xx"));
    }

    private async Task UntilMovedAsync(string name, string guest, string from)
    {
        Succeeded(await UntilOverAsync(name), $"the operator was killed in {name}: ");
        Assert.DoesNotContain(Domain(guest), await Lab.DefinedDomainsAsync(from, CancellationToken));
        Assert.Contains(Domain(guest), await Lab.DefinedDomainsAsync(Other(from), CancellationToken));
    }

    /// <summary>Creates a guest and kills the operator before it runs; as often as it takes until the kill came in time.</summary>
    private async Task CreateWithAKillAsync(string point, Func<VirtualMachine, bool> reached)
    {
        for (var number = 1; number <= Tries; number++)
        {
            var name = $"{point}-{number}";
            await Cluster.ApplyAsync(PoolManifests.Guest(name), CancellationToken);
            await Cluster.UntilAsync($"default/{name}", $"it can be killed when the guest is {point}", reached, StartDeadline, CancellationToken);
            await Lab.KillOperatorAsync(CancellationToken);
            var killed = await Cluster.GetAsync<VirtualMachine>($"default/{name}", CancellationToken);

            await Lab.StartOperatorAsync(CancellationToken);
            var host = (await UntilRunningAsync(name)).Status!.Host!;

            Assert.Equal([host], await HostsRunningAsync(name));
            Assert.DoesNotContain(Domain(name), await Lab.DefinedDomainsAsync(Other(host), CancellationToken));
            await Cluster.KubectlAsync(CancellationToken, "patch", "virtualmachine", name, "--type=merge", "-p", "{\"spec\":{\"terminationGracePeriodSeconds\":0,\"deletionPolicy\":\"Delete\"}}");
            await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", name, "--wait=false");
            await Cluster.UntilGoneAsync<VirtualMachine>($"default/{name}", StartDeadline, CancellationToken);
            if (killed.Status?.StartTime is null)
            {
                return;
            }
        }

        Assert.Fail($"no kill came while a guest was {point}: it always ran already");
    }

    private static async Task NeverTwiceAsync(DomainWatch watch, string guest, Func<string, bool> counts)
    {
        await watch.EndAsync();
        Assert.Null(DomainSample.TwoAtOnce(watch.Samples, Domain(guest), counts));
        Assert.All(new[] { "node1", "node2" }, node => Assert.Contains(watch.Samples, sample => sample.Node == node && sample.States.TryGetValue(Domain(guest), out var state) && counts(state)));
    }
}
