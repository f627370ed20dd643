using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Placement;
using KvmOperator.Planning.Drain;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.KvmHosts.Draining;

/// <summary>Says what the planner of drains has to know of guests and hosts. It asks memory, and no host.</summary>
internal sealed class DrainReading(GuestHosts guestHosts, GuestPlaces places, IEntityStore<KvmHost> hosts, IEntityStore<VirtualMachine> machines, IEntityStore<VmMigration> moves, TimeProvider clock)
{
    /// <summary>A failure that is older does not count: what stood in the way may be gone.</summary>
    private static readonly TimeSpan FailuresCount = TimeSpan.FromHours(1);

    /// <summary>
    /// The guests that should leave a host: those that run there, those that would if they might be started there, and those that a move is about to take away, or has not let go: what is left of a move to do
    /// is done there, though the guest is seen elsewhere already.
    /// </summary>
    public IReadOnlyList<DrainGuest> Guests(KvmHost host, HostObservation seen)
    {
        var there = seen.Domains.Select(domain => Guest(host.Name(), domain)).OfType<DrainGuest>().ToList();
        return [.. there, .. BeingSent(host.Name()).Where(sent => there.TrueForAll(one => one.Name != sent.Name))];
    }

    /// <summary>The other hosts, of all pools. Guests whose moves have been made and have not begun count where they go.</summary>
    public IReadOnlyList<PlacementHost> Others(KvmHost host)
    {
        var others = hosts.List().Where(other => other.Name() != host.Name()).Select(places.Host).ToDictionary(other => other.Name, StringComparer.Ordinal);
        foreach (var move in moves.ListOpen().Where(move => OwnMoves.IsOwn(move) && !VmMigrationPhases.HoldsGuest(move.Status?.Phase)))
        {
            if (move.Spec.TargetHostRef is { } target && others.TryGetValue(target.Name, out var known) && machines.Get(GuestNames.KeyOf(MoveIndexes.GuestOf(move))) is { } guest)
            {
                others[target.Name] = known.With(GuestPlaces.Guest(guest));
            }
        }

        return [.. others.Values];
    }

    private IEnumerable<DrainGuest> BeingSent(string host) =>
        from move in moves.ListOpen()
        where VmMigrationPhases.HoldsGuest(move.Status?.Phase) && move.Status?.SourceHost == host
        let name = MoveIndexes.GuestOf(move)
        let machine = machines.Get(GuestNames.KeyOf(name))
        where machine is not null
        select new DrainGuest(name, GuestPlaces.Guest(machine)) { Move = Move(host, machine) };

    private DrainGuest? Guest(string host, DomainObservation domain)
    {
        if (domain.Owner is not { } owner)
        {
            return domain.IsActive ? Stranger(domain.Name, domain, "no object here describes it: move it by hand (virsh migrate), or shut it down there (virsh shutdown)") : null;
        }

        var key = new EntityKey(owner.Namespace, owner.Name);
        var name = GuestNames.Of(owner);
        if (machines.Get(key) is not { } machine)
        {
            var why = machines.Undecodable.Any(unreadable => unreadable.Key == key)
                ? "its VirtualMachine cannot be read by this version of the operator: run the version that wrote it, or correct it"
                : "there is no such VirtualMachine here: apply it, or shut the domain down there (virsh shutdown)";
            return domain.IsActive ? Stranger(name, domain, why) : null;
        }

        var location = guestHosts.Locate(machine);
        var move = Move(host, machine);
        if (!domain.IsActive && move is not { IsOwn: true } && !WantsToRunHere(host, machine, location))
        {
            return null;
        }

        return new DrainGuest(name, GuestPlaces.Guest(machine))
        {
            Obstacle = Obstacle(host, machine, location, domain.IsActive),
            Pause = Pause(machine, domain),
            Move = move,
            Failures = Failures(host, name),
        };
    }

    private static DrainGuest Stranger(string name, DomainObservation domain, string why) =>
        new(name, new PlacementGuest(string.Empty, null, domain.Vcpus, domain.MemoryBytes, new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal))) { Obstacle = why };

    private static string? Obstacle(string host, VirtualMachine machine, GuestLocation location, bool runs) =>
        location.Running.Count > 1 ? $"it runs on {string.Join(" and ", location.Running)}: see the VirtualMachine"
        : machine.IsPaused() ? $"the annotation {Annotations.Paused} keeps it as it is: take it off"
        : machine.Spec.Placement.HostRef?.Name == host ? $"spec.placement.hostRef keeps it on {host}: name another host or none there, or shut it down (spec.runStrategy: Halted)"
        : runs && machine.Spec.Availability.OnEviction == EvictionPolicy.Block ? "spec.availability.onEviction is Block: move it with a VmMigration, or shut it down (spec.runStrategy: Halted)"
        : null;

    /// <summary>Whether a guest that is off there would be started there. One that is pinned waits for its host.</summary>
    private bool WantsToRunHere(string host, VirtualMachine machine, GuestLocation location) =>
        machine.Spec.Placement.HostRef?.Name != host
        && location is { Running.Count: 0, Defined: [var home, ..] }
        && home == host
        && GuestLifecycle.Next(GuestReading.Facts(machine.Spec, machine.Status ?? new VirtualMachineStatus(), location), clock.GetUtcNow()) is GuestStep.Start or GuestStep.BackOff;

    private string? Pause(VirtualMachine machine, DomainObservation domain) =>
        machine.Metadata.DeletionTimestamp is not null ? "it is being deleted"
        : !guestHosts.AreCurrent(machine) ? "the hosts are being asked for it"
        : domain.IsActive && machine.Spec.RunStrategy == RunStrategy.Halted ? "it is being shut down, as spec.runStrategy says"
        : domain.StartsUp ? "it is being started"
        : !domain.IsActive && !machine.IsRefusedAtHome() ? "it has ended, and is moved when its start here was refused"
        : null;

    private DrainMove? Move(string host, VirtualMachine machine)
    {
        var open = moves.OpenOf(machine);
        return open.OrderByDescending(move => VmMigrationPhases.HoldsGuest(move.Status?.Phase)).ThenBy(move => move.Name(), StringComparer.Ordinal).FirstOrDefault() is { } move
            ? new DrainMove(move.Name(), move.Status?.TargetHost ?? move.Spec.TargetHostRef?.Name, OwnMoves.DrainOf(move) == host, VmMigrationPhases.HoldsGuest(move.Status?.Phase))
            {
                Waits = move.Status?.Conditions.FirstOrDefault(condition => condition is { Type: CommonConditions.Succeeded, Status: "Unknown" })?.Message,
            }
            : null;
    }

    private List<DrainFailure> Failures(string host, string guest) =>
    [
        .. moves.OverOf(guest)
            .TakeWhile(move => OwnMoves.DrainOf(move) == host && move.Status is { Phase: VmMigrationPhase.Failed, CompletionTime: { } end } && clock.GetUtcNow().UtcDateTime - end < FailuresCount)
            .Select(move => new DrainFailure(
                move.Spec.TargetHostRef?.Name,
                $"VmMigration {move.Name()} to {move.Spec.TargetHostRef?.Name} failed: {Said(move)?.Message}",
                new DateTimeOffset(DateTime.SpecifyKind(move.Status!.CompletionTime!.Value, DateTimeKind.Utc)),
                Said(move)?.Reason == VmMigrationReasons.PreflightRefused)),
    ];

    private static V1Condition? Said(VmMigration move) => move.Status?.Conditions.FirstOrDefault(condition => condition.Type == CommonConditions.Succeeded);
}
