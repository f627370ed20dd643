using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.KvmHosts;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Places;

namespace KvmOperator.VmMigrations;

/// <summary>What comes before a move: waiting for its turn, choosing its target, and asking both hosts whether it can work. Nothing is changed on them.</summary>
internal sealed class MigrationStart(
    GuestHosts guestHosts,
    IMigrationHosts migrationHosts,
    IMigrations migrations,
    HostObservations observations,
    IEntityStore<VmMigration> moves,
    IEntityStore<VirtualMachine> machines,
    IEntityStore<KvmHost> hosts,
    IEntityStore<NfsStore> stores,
    PlacementGate gate,
    TimeProvider clock)
{
    /// <summary>Waits until nothing keeps the move from being looked into.</summary>
    public async Task<TimeSpan?> PendingAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (pass.Status.Phase is null)
        {
            pass.Status = pass.Entered(pass.Status, VmMigrationPhase.Pending) with { Reason = pass.Status.Reason ?? "asked for" };
        }

        if (Wait(pass) is { } wait)
        {
            return await pass.WaitAsync(wait, cancellationToken);
        }

        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, "it is checked whether the move can work");
        return await pass.EnterAsync(VmMigrationPhase.Preflight, cancellationToken);
    }

    /// <summary>Says whether the move can work, and what stands in its way all at once. All exceptions of <see cref="IMigrations.ReadFactsAsync"/> apply.</summary>
    public async Task<TimeSpan?> PreflightAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (Wait(pass) is { } wait)
        {
            return await pass.WaitAsync(wait, cancellationToken);
        }

        var machine = pass.Machine!;
        var location = guestHosts.Locate(machine);
        var source = Source(location)!;
        var candidates = GuestPlaces.Hosts(hosts.List(), stores.List(), machines.List(), machine, observations.Find, moves.List()).Where(host => host.Name != source).ToList();
        var guest = GuestPlaces.Guest(machine);
        var verdict = PlacementPlanner.Choose(guest, candidates);
        var target = pass.Spec.TargetHostRef?.Name ?? verdict.Host;
        if (target == source)
        {
            pass.Conditions.True(VmMigrationConditions.PreflightPassed, CommonReasons.AsExpected, "nothing is to be done");
            pass.Status = pass.Status with { SourceHost = source, TargetHost = target };
            return await pass.EndAsync(VmMigrationPhase.Succeeded, VmMigrationReasons.AlreadyThere, $"already on {target}", cancellationToken);
        }

        if (SilentTargets.Wait(target, source, machine.Spec.Placement.Pool, hosts.List(), observations.Find) is { } silent)
        {
            return await pass.WaitAsync(new MigrationWait.Obstacle(silent), cancellationToken);
        }

        if (target is null || candidates.FirstOrDefault(host => host.Name == target) is not { } place)
        {
            var why = target is null ? $"no host can take it: {verdict.Explain()}" : $"there is no KvmHost {target}: correct spec.targetHostRef in a new VmMigration";
            return await RefuseAsync(pass, source, target, why, cancellationToken);
        }

        var placement = PlacementPlanner.Refuse(guest, place);
        if (observations.Find(target) is null)
        {
            return await RefuseAsync(pass, source, target, $"{target} does not take it: {placement}", cancellationToken);
        }

        var facts = await migrations.ReadFactsAsync(
            await migrationHosts.ShellAsync(source, cancellationToken),
            await migrationHosts.ShellAsync(target, cancellationToken),
            machine.Identity(),
            location.Domain!.IsActive,
            migrationHosts.Address(target),
            cancellationToken);
        if (facts.CommandIsLate)
        {
            // A busy host is no reason to refuse a move for good.
            return await pass.WaitAsync(new MigrationWait.Obstacle($"{source} got no answer to a command on {target} within 40 s"), cancellationToken);
        }

        var refusals = MigrationPreflight.Refusals(pass.Spec, target, placement, facts, location.Domain);
        return refusals.Count > 0
            ? await RefuseAsync(pass, source, target, string.Join("; ", refusals), cancellationToken)
            : await gate.RunAsync(() => TakeSlotAsync(pass, source, target, cancellationToken), cancellationToken);
    }

    /// <summary>One at a time: two moves that looked at the same moment must not take the same slot.</summary>
    private async Task<TimeSpan?> TakeSlotAsync(MigrationPass pass, string source, string target, CancellationToken cancellationToken)
    {
        if (Turn(pass, source, target) is { } turn)
        {
            return await pass.WaitAsync(turn, cancellationToken);
        }

        pass.Status = pass.Status with { SourceHost = source, TargetHost = target, StartTime = pass.Now };
        pass.Conditions.True(VmMigrationConditions.PreflightPassed, CommonReasons.AsExpected, $"nothing stands in the way of a move from {source} to {target}");
        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"{source} connects to {target}");
        return await pass.EnterAsync(VmMigrationPhase.Preparing, cancellationToken);
    }

    /// <summary>What keeps the move from being looked into; null for nothing.</summary>
    private MigrationWait? Wait(MigrationPass pass)
    {
        if (pass.Machine is not { } machine)
        {
            return new MigrationWait.Obstacle($"there is no VirtualMachine {pass.Spec.VirtualMachineRef.Name} in this namespace: create it");
        }

        // An operator that has just started knows nothing of the hosts yet: that is no reason to refuse.
        if (!guestHosts.AreCurrent(machine))
        {
            return new MigrationWait.Operator("the hosts are being asked for the guest");
        }

        var location = guestHosts.Locate(machine);
        return MigrationObstacles.Find(machine, location, clock.GetUtcNow()) is { } obstacle
            ? new MigrationWait.Obstacle(obstacle)
            : Turn(pass, Source(location), pass.Spec.TargetHostRef?.Name);
    }

    private MigrationWait.Turn? Turn(MigrationPass pass, string? source, string? target) =>
        MigrationSlots.Wait(new MigrationClaim(pass.Move, source, target, pass.Machine?.Spec.Placement.Pool), moves.List(), Claim) is { } wait ? new MigrationWait.Turn(wait) : null;

    private MigrationClaim Claim(VmMigration move)
    {
        var guest = machines.Get(new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name));
        return new MigrationClaim(move, guest?.Status?.Host, move.Spec.TargetHostRef?.Name, guest?.Spec.Placement.Pool);
    }

    private static async Task<TimeSpan?> RefuseAsync(MigrationPass pass, string source, string? target, string why, CancellationToken cancellationToken)
    {
        pass.Status = pass.Status with { SourceHost = source, TargetHost = target };
        pass.Conditions.False(VmMigrationConditions.PreflightPassed, VmMigrationReasons.PreflightRefused, why);
        return await pass.EndAsync(VmMigrationPhase.Failed, VmMigrationReasons.PreflightRefused, $"{why}. Nothing was changed; a new VmMigration tries again.", cancellationToken);
    }

    private static string? Source(GuestLocation location) => location.Running.Count > 0 ? location.Running[0] : location.Defined.Count > 0 ? location.Defined[0] : null;
}
