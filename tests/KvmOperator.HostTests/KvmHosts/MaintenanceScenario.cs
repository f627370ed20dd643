using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>What a person does for an update of a host: maintenance, restart, and back. The operator is killed while it drains the host.</summary>
public sealed class MaintenanceScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromMinutes(40);
    private static readonly TimeSpan RebootDeadline = TimeSpan.FromMinutes(15);

    private static readonly string[] There = ["a", "b", "c", "d"];
    private static readonly string[] Guests = [.. There, "e", "f"];

    /// <summary>As many as go out of a host at once by default.</summary>
    private const int MostAtOnce = 2;

    protected override Beginning Beginning => Beginning.PoolOfThree;

    [Fact]
    public async Task A_host_is_emptied_restarted_and_takes_guests_again_and_no_guest_is_started_anew()
    {
        await GiveMovesTimeAsync();
        await RunningGuestsOnAsync("node1", [.. There.Select(name => (name, string.Empty))]);
        await RunningGuestAsync("e");
        await RunningGuestAsync("f");
        await UntilItCountsAsync("node1", "d");
        var began = await StartTimesAsync();

        await UseAsync("node1", HostMode.Maintenance);
        await Cluster.UntilAsync<KvmHost>(
            "node1", "the first guest goes", host => host.Status is { Phase: "Draining" } && host.Status.IsNot(KvmHostConditions.Drained, KvmHostReasons.Draining), MoveDeadline, CancellationToken);
        await KvmLab.UntilAsync("a move has its guest", async () => (await DrainMovesAsync("node1")).Any(HoldsGuest), MoveDeadline, CancellationToken);
        await Lab.KillOperatorAsync(CancellationToken);
        await Lab.StartOperatorAsync(CancellationToken);

        // Git applies the same once more.
        await UseAsync("node1", HostMode.Maintenance);
        var most = 0;
        await KvmLab.UntilAsync(
            "no guest is left on node1",
            async () =>
            {
                most = Math.Max(most, (await DrainMovesAsync("node1")).Count(HoldsGuest));
                return (await Cluster.GetAsync<KvmHost>("node1", CancellationToken)).Status is { Phase: "Drained" };
            },
            DrainDeadline,
            CancellationToken);
        Assert.InRange(most, 1, MostAtOnce);

        // One move for each guest, which says why it was made, and both other hosts have some.
        var moves = await DrainMovesAsync("node1");
        Assert.Equal(There, moves.Select(move => move.Spec.VirtualMachineRef.Name).Order(StringComparer.Ordinal));
        Assert.All(moves, move => Assert.Equal("node1 is drained: its spec.mode is Maintenance", Succeeded(move).Status!.Reason));
        Assert.Equal(["node2", "node3"], moves.Select(move => move.Status!.TargetHost).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.Empty(await Lab.RunningDomainsAsync("node1", CancellationToken));
        Assert.Contains(KvmHostReasons.DrainFinished, await Cluster.EventReasonsAsync("node1", CancellationToken));

        var boot = (await Cluster.GetAsync<KvmHost>("node1", CancellationToken)).Status!.System!.BootId;
        await Lab.Machines.TryRunAsync("node1", "systemctl reboot", CancellationToken);
        var back = await Cluster.UntilAsync<KvmHost>(
            "node1", "it was restarted and is ready", host => host.Status!.System?.BootId != boot && host.Status.Is(CommonConditions.Ready), RebootDeadline, CancellationToken);
        Assert.Equal("Drained", back.Status!.Phase);

        await UseAsync("node1", HostMode.Active);
        await Cluster.UntilAsync<KvmHost>("node1", "it takes guests again", host => host.Status is { Phase: "Ready" } && host.Status.IsNot(KvmHostConditions.Drained, CommonReasons.Unmanaged), MoveDeadline, CancellationToken);
        await Lab.LookedAtAsync("node1", CancellationToken);

        // Nobody is moved back, and everybody ran on.
        Assert.Equal(There.Length, (await Cluster.Client.ListAsync<VmMigration>("default", null, CancellationToken)).Count);
        Assert.Equal(began, await StartTimesAsync());
        foreach (var guest in Guests)
        {
            Assert.DoesNotContain("node1", Assert.Single(await HostsRunningAsync(guest)), StringComparison.Ordinal);
        }

        Assert.Equal("node1", (await RunningGuestAsync("g")).Status!.Host);
    }

    private static bool HoldsGuest(VmMigration move) => VmMigrationPhases.HoldsGuest(move.Status?.Phase);

    private async Task<IReadOnlyList<DateTime?>> StartTimesAsync()
    {
        var times = new List<DateTime?>();
        foreach (var guest in Guests)
        {
            times.Add((await Cluster.GetAsync<VirtualMachine>($"default/{guest}", CancellationToken)).Status!.StartTime);
        }

        return times;
    }
}
