using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;

namespace KvmOperator.HostTests.Operator;

/// <summary>A scenario with guests in the ready pool.</summary>
public abstract class GuestScenario(LabFixture fixture) : OperatorScenario(fixture)
{
    /// <summary>Under emulation a guest's start takes a while.</summary>
    protected static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(4);

    protected static readonly TimeSpan MoveDeadline = TimeSpan.FromMinutes(5);

    private protected static string Domain(string guest) => "default_" + guest;

    private protected static string Other(string host) => host == "node1" ? "node2" : "node1";

    private protected static bool IsOver(VmMigration move) => move.Status?.Phase is VmMigrationPhase.Succeeded or VmMigrationPhase.Failed or VmMigrationPhase.Cancelled;

    /// <summary>Applies a guest and waits until it runs.</summary>
    private protected async Task<VirtualMachine> RunningGuestAsync(string name, string more = "")
    {
        await Cluster.ApplyAsync(PoolManifests.Guest(name, more), CancellationToken);
        return await UntilRunningAsync(name);
    }

    private protected Task<VirtualMachine> UntilRunningAsync(string name) => Cluster.UntilAsync<VirtualMachine>(
        $"default/{name}",
        "the guest runs",
        guest => guest.Status is { Phase: "Running" } && guest.Status.ObservedGeneration == guest.Metadata.Generation && guest.Status.Is(CommonConditions.Ready),
        StartDeadline,
        CancellationToken);

    private protected Task<VirtualMachine> UntilPhaseAsync(string name, string phase) => Cluster.UntilAsync<VirtualMachine>(
        $"default/{name}",
        $"its phase is {phase}",
        guest => guest.Status?.Phase == phase && guest.Status.ObservedGeneration == guest.Metadata.Generation,
        StartDeadline,
        CancellationToken);

    private protected async Task<VmMigration> MoveAsync(string name, string guest, string? target = null, string more = "")
    {
        await Cluster.ApplyAsync(PoolManifests.Migration(name, guest, target, more), CancellationToken);
        return await UntilOverAsync(name);
    }

    private protected Task<VmMigration> UntilOverAsync(string name) =>
        Cluster.UntilAsync<VmMigration>($"default/{name}", "the move is over", IsOver, MoveDeadline, CancellationToken);

    private protected Task<VmMigration> UntilMovePhaseAsync(string name, VmMigrationPhase phase) => Cluster.UntilAsync<VmMigration>(
        $"default/{name}", $"its phase is {phase}", move => move.Status?.PhaseTransitions.Any(transition => transition.Phase == phase) == true, MoveDeadline, CancellationToken);

    /// <summary>The hosts on which a guest runs, asked on the machines.</summary>
    private protected async Task<IReadOnlyList<string>> HostsRunningAsync(string guest)
    {
        var hosts = new List<string>();
        foreach (var host in new[] { "node1", "node2" })
        {
            if ((await Lab.RunningDomainsAsync(host, CancellationToken)).Contains(Domain(guest), StringComparer.Ordinal))
            {
                hosts.Add(host);
            }
        }

        return hosts;
    }

    /// <summary>Types a line on the guest's console.</summary>
    private protected Task TypeAsync(string host, string guest, string line) =>
        Lab.Machines.RunAsync(host, $"printf '{line}\\n' >\"$(virsh ttyconsole {Domain(guest)})\"", CancellationToken);
}
