using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Planning.Migrations;
using KvmOperator.Planning.Placement;
using KvmOperator.Reconciling;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Settings;
using KvmOperator.VmMigrations.Preflight;
using KvmOperator.VmMigrations.Verification;
using static KvmOperator.Reconciling.Outcome<KvmOperator.Api.VmMigrations.VmMigrationPhase>;

namespace KvmOperator.VmMigrations;

/// <summary>What comes before a move: waiting for its turn, choosing its target, and asking both hosts whether it can work. Nothing is changed on them before the move holds its guest.</summary>
internal sealed class MigrationStart(
    MigrationRun run,
    MigrationVerification verification,
    LiveSettings settings,
    GuestHosts guestHosts,
    IMigrationHosts migrationHosts,
    IMigrations migrations,
    HostObservations observations,
    IEntityStore<VmMigration> moves,
    IEntityStore<VirtualMachine> machines,
    PoolViews pools,
    GuestPlaces guestPlaces,
    PlacementGate gate,
    TimeProvider clock)
{
    /// <summary>Waits until nothing keeps the move from being looked into.</summary>
    public Outcome<VmMigrationPhase> Pending(MigrationPass pass)
    {
        if (Hindrance(pass) is { } hindrance)
        {
            return pass.WaitFor(hindrance);
        }

        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, "it is checked whether the move can work");
        return MigrationPass.Next(VmMigrationPhase.Preflight);
    }

    /// <summary>Says whether the move can work, and what stands in its way all at once. Without a target in the spec, the first host that nothing speaks against is taken.</summary>
    public async Task<Outcome<VmMigrationPhase>> PreflightAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (Hindrance(pass) is { } hindrance)
        {
            return pass.WaitFor(hindrance);
        }

        var machine = pass.Machine!;
        var location = guestHosts.Locate(machine);
        var source = Source(location)!;
        var wanted = pass.Spec.TargetHostRef?.Name;
        if (wanted == source)
        {
            pass.Conditions.True(VmMigrationConditions.PreflightPassed, CommonReasons.AsExpected, "nothing is to be done");
            pass.Status = pass.Status with { SourceHost = source, TargetHost = wanted };
            return new Done(VmMigrationReasons.AlreadyThere, $"already on {wanted}")
            {
                Then = async token =>
                {
                    await verification.TryRememberAsync(pass.Move, source, machine, token);
                    return null;
                },
            };
        }

        if (OwnMoves.LeavesHost(pass.Move) is { } left && left != source)
        {
            pass.Status = pass.Status with { SourceHost = source, TargetHost = wanted };
            return new Done(VmMigrationReasons.AlreadyThere, $"nothing is to be done: the guest is on {source}, and not on {left} any more");
        }

        if (MoveMarks.WasDone(pass.Move, machine, location.Domain!))
        {
            pass.Conditions.True(VmMigrationConditions.PreflightPassed, CommonReasons.AsExpected, "nothing is to be done");
            pass.Status = pass.Status with { SourceHost = source, TargetHost = wanted };
            return new Done(
                VmMigrationReasons.AlreadyDone,
                $"already done before this cluster: the guest's domain on {source} remembers a VmMigration of this name and spec. To move it all the same, create one of another name.");
        }

        var places = guestPlaces.Hosts(machine).Where(host => host.Name != source).ToList();
        if (wanted is not null && places.All(host => host.Name != wanted) && guestPlaces.Host(wanted, machine) is { } elsewhere)
        {
            places.Add(elsewhere);
        }

        if (wanted is not null && places.All(host => host.Name != wanted))
        {
            return Refuse(pass, source, wanted, $"there is no KvmHost {wanted}: correct spec.targetHostRef in a new VmMigration");
        }

        // A busy libvirt that was too slow for one look is no reason to refuse a move for good.
        if (wanted is not null && SilentTargets.Wait(wanted, source, PoolHosts(machine), observations.Find, location.Domain!.DiskPaths) is { } silent)
        {
            return pass.WaitFor(new MigrationWait.Obstacle(silent));
        }

        var guest = GuestPlaces.Guest(machine);
        var verdict = PlacementPlanner.Choose(guest, places);
        IReadOnlyList<string> targets = wanted is not null ? [wanted] : [.. verdict.Fitting.OrderBy(host => Turn(pass, source, host) is not null)];
        List<string> refusals = wanted is not null || verdict.Refusals.Count == 0 ? [] : [verdict.Explain()];
        List<string> late = [];
        foreach (var target in targets)
        {
            var placement = PlacementPlanner.Refuse(guest, places.First(host => host.Name == target));
            switch (await CheckAsync(pass, machine, location.Domain!, source, target, placement, cancellationToken))
            {
                case MigrationCheck.Passed:
                    return Begin(pass, machine, location.Domain!, source, target);
                case MigrationCheck.Late check:
                    late.Add(check.Message);
                    break;
                case MigrationCheck.Refused check:
                    refusals.AddRange(check.Refusals);
                    break;
            }
        }

        if (wanted is null && SilentTargets.Wait(null, source, PoolHosts(machine), observations.Find, location.Domain!.DiskPaths) is { } others)
        {
            late.Add(others);
        }

        if (late.Count > 0)
        {
            return pass.WaitFor(new MigrationWait.Obstacle(string.Join("; ", late)));
        }

        var why = string.Join("; ", refusals.Distinct(StringComparer.Ordinal));
        return targets.Count > 0
            ? Refuse(pass, source, targets.Count == 1 ? targets[0] : null, why)
            : Refuse(pass, source, null, $"no host can take it: {verdict.Explain()}");
    }

    /// <summary>Asks both hosts. What the source does not answer is thrown; a target that does not answer is late.</summary>
    private async Task<MigrationCheck> CheckAsync(
        MigrationPass pass, VirtualMachine machine, DomainObservation domain, string source, string target, string? placement, CancellationToken cancellationToken)
    {
        if (observations.Find(target) is null)
        {
            return new MigrationCheck.Refused([$"{target} does not take it: {placement}"]);
        }

        var from = await migrationHosts.ShellAsync(source, cancellationToken);
        try
        {
            var facts = await migrations.ReadFactsAsync(
                from,
                await migrationHosts.ShellAsync(target, cancellationToken),
                machine.Identity(),
                domain.IsActive,
                migrationHosts.Address(target),
                cancellationToken);
            return MigrationPreflight.Unknown(source, target, facts) is { } unknown
                ? new MigrationCheck.Late(unknown)
                : MigrationPreflight.Refusals(pass.Spec, target, placement, facts, domain) is { Count: > 0 } refusals ? new MigrationCheck.Refused(refusals) : new MigrationCheck.Passed();
        }
        catch (Exception exception) when (exception is MachineUnavailableException || (exception is HostException { HostName: var host } && host == target))
        {
            return new MigrationCheck.Late(exception.Message.TrimEnd('.'));
        }
    }

    /// <summary>One at a time: two moves that looked at the same moment must not take the same slot, nor a move and a guest that is started the same memory.</summary>
    private Outcome<VmMigrationPhase> Begin(MigrationPass pass, VirtualMachine machine, DomainObservation domain, string source, string target)
    {
        var (turn, isTaken) = gate.Choose(() => TakeSlot(pass, machine, source, target));
        if (turn is not null)
        {
            return pass.WaitFor(turn);
        }

        if (!isTaken)
        {
            // It fitted a moment ago: what came in between is said by the next check.
            return new Stay(MigrationIntervals.Wait);
        }

        pass.Status = pass.Status with { SourceHost = source, TargetHost = target, StartTime = pass.Now };
        pass.Conditions.True(VmMigrationConditions.PreflightPassed, CommonReasons.AsExpected, $"nothing stands in the way of a move from {source} to {target}");
        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"{source} connects to {target}");
        return new Advance(VmMigrationPhase.Preparing, MigrationIntervals.AtOnce)
        {
            Settled = () => gate.Written(EntityKey.Of(pass.Move)),

            // A guest that runs goes at once: it was asked for a moment ago, and its job finds it by its UUID or not at all.
            Then = domain.IsActive ? async token => await run.BeginAsync(pass, token) : null,
        };
    }

    /// <returns>What comes first, or whether the slot and the room on the target are the move's from now on.</returns>
    private (MigrationWait.Turn? Turn, bool IsTaken) TakeSlot(MigrationPass pass, VirtualMachine machine, string source, string target)
    {
        if (Turn(pass, source, target) is { } turn)
        {
            return (turn, false);
        }

        if (guestPlaces.Host(target, machine) is not { } place || PlacementPlanner.Refuse(GuestPlaces.Guest(machine), place) is not null)
        {
            return (null, false);
        }

        gate.Begun(EntityKey.Of(pass.Move), new AssumedMove(EntityKey.Of(machine), source, target));
        return (null, true);
    }

    private IEnumerable<KvmHost> PoolHosts(VirtualMachine machine) => pools.Of(machine.Spec.Placement.Pool).Members.Select(member => member.Host);

    /// <summary>What keeps the move from being looked into; null for nothing.</summary>
    private MigrationWait? Hindrance(MigrationPass pass)
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
        return (MigrationObstacles.Eviction(pass.Move, machine, location) ?? MigrationObstacles.Find(machine, location, clock.GetUtcNow())) is { } obstacle
            ? new MigrationWait.Obstacle(obstacle)
            : Turn(pass, Source(location), pass.Spec.TargetHostRef?.Name);
    }

    private MigrationWait.Turn? Turn(MigrationPass pass, string? source, string? target) =>
        MigrationSlots.Wait(MigrationClaims.Of(pass.Move, source, target, pass.Machine?.Spec.Placement.Pool), OpenMoves(), settings.Migrations) is { } wait ? new MigrationWait.Turn(wait) : null;

    /// <summary>All moves that are not over; those that were given a slot a moment ago hold their guest.</summary>
    private List<MigrationClaim> OpenMoves()
    {
        var assumed = gate.AssumedMoves();
        return [.. moves.ListOpen().Select(move => MigrationClaims.Of(move, machines.Get(new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name)), assumed.GetValueOrDefault(EntityKey.Of(move))))];
    }

    private static Outcome<VmMigrationPhase> Refuse(MigrationPass pass, string source, string? target, string why)
    {
        pass.Status = pass.Status with { SourceHost = source, TargetHost = target };
        pass.Conditions.False(VmMigrationConditions.PreflightPassed, VmMigrationReasons.PreflightRefused, why);
        return new Fail(VmMigrationReasons.PreflightRefused, $"{why}. Nothing was changed; a new VmMigration tries again.");
    }

    private static string? Source(GuestLocation location) => location.Running.Count > 0 ? location.Running[0] : location.Defined.Count > 0 ? location.Defined[0] : null;
}
