using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Planning.Placement;
using KvmOperator.Status;
using KvmOperator.VmMigrations;

namespace KvmOperator.VirtualMachines.Places;

/// <summary>Says what the planner has to know of hosts and guests. Pure.</summary>
internal static class GuestPlaces
{
    /// <summary>The guest as the planner sees it.</summary>
    public static PlacementGuest Guest(VirtualMachine machine) => new(
        machine.Spec.Placement.Pool,
        machine.Spec.Placement.HostRef?.Name,
        machine.Spec.Vcpus,
        Quantities.Bytes(machine.Spec.Memory) ?? 0,
        machine.Spec.Disks.Select(disk => disk.StoreRef.Name).ToHashSet(StringComparer.Ordinal),
        Groups(machine));

    /// <summary>The hosts as the planner sees them. What guests were promised counts, also of those that are off or not made yet.</summary>
    /// <param name="hosts">All hosts.</param>
    /// <param name="stores">All stores.</param>
    /// <param name="machines">All guests.</param>
    /// <param name="except">The guest that wants a place: what it has does not count.</param>
    /// <param name="observed">The latest look at a host.</param>
    /// <param name="moves">The moves: the target of one that holds its guest is taken. None when they do not matter.</param>
    public static IReadOnlyList<PlacementHost> Hosts(
        IEnumerable<KvmHost> hosts,
        IReadOnlyCollection<NfsStore> stores,
        IReadOnlyCollection<VirtualMachine> machines,
        VirtualMachine except,
        Func<string, HostObservation?> observed,
        IReadOnlyCollection<VmMigration>? moves = null) =>
        [.. hosts.Select(host => Host(host, stores, machines, except, observed(host.Name()), moves ?? [], livesThere: false))];

    /// <summary>The host on which a guest lives, as a place to be started: a cordoned one keeps its guests.</summary>
    public static PlacementHost Home(
        KvmHost host,
        IReadOnlyCollection<NfsStore> stores,
        IReadOnlyCollection<VirtualMachine> machines,
        VirtualMachine guest,
        HostObservation? seen,
        IReadOnlyCollection<VmMigration> moves) => Host(host, stores, machines, guest, seen, moves, livesThere: true);

    private static PlacementHost Host(
        KvmHost host,
        IReadOnlyCollection<NfsStore> stores,
        IReadOnlyCollection<VirtualMachine> machines,
        VirtualMachine except,
        HostObservation? seen,
        IReadOnlyCollection<VmMigration> moves,
        bool livesThere)
    {
        var name = host.Name();
        var itself = new OwnerMarker(except.Namespace(), except.Name());
        var active = seen?.Domains.Where(domain => domain.IsActive && domain.Owner != itself).ToList() ?? [];
        var marked = active.Select(domain => domain.Owner).OfType<OwnerMarker>().ToHashSet();
        var arriving = moves
            .Where(move => move.Status?.TargetHost == name && VmMigrationStates.HoldsGuest(move.Status.Phase))
            .Select(move => new OwnerMarker(move.Namespace(), move.Spec.VirtualMachineRef.Name))
            .ToHashSet();
        var guests = machines
            .Where(machine => Marker(machine) is var marker && marker != itself && (marked.Contains(marker) || arriving.Contains(marker) || IsPromised(machine, name)))
            .ToList();

        // What runs and has no object: a person's domain, or a guest whose object is not applied yet.
        var others = active.Where(domain => domain.Owner is null || guests.All(guest => Marker(guest) != domain.Owner)).ToList();
        return new PlacementHost(
            name,
            host.Spec.Pool,
            Unavailable(host, seen, livesThere),
            host.Status?.Capacity?.AllocatableCpus ?? 0,
            host.Status?.Capacity?.AllocatableMemoryBytes ?? 0,
            guests.Sum(guest => guest.Spec.Vcpus) + others.Sum(domain => domain.Vcpus),
            guests.Sum(guest => Quantities.Bytes(guest.Spec.Memory) ?? 0) + others.Sum(domain => domain.MemoryBytes),
            stores.Where(store => store.Status?.Mounts.Any(mount => mount.Host == name && mount.Ready) == true).Select(store => store.Name()).ToHashSet(StringComparer.Ordinal),
            guests.SelectMany(Groups).ToHashSet(StringComparer.Ordinal));
    }

    private static OwnerMarker Marker(VirtualMachine machine) => new(machine.Namespace(), machine.Name());

    /// <summary>One that was refused a start for want of room holds none: else two that wait would wait for each other.</summary>
    private static bool IsPromised(VirtualMachine machine, string host) =>
        machine.Status?.Host == host
        && machine.Spec.RunStrategy != RunStrategy.Halted
        && !machine.IsRefusedAtHome();

    private static string? Unavailable(KvmHost host, HostObservation? seen, bool livesThere)
    {
        if (host.Metadata.DeletionTimestamp is not null)
        {
            return "it is being deleted";
        }

        if (host.Spec.Mode == HostMode.Maintenance || (host.Spec.Mode != HostMode.Active && !livesThere))
        {
            return $"spec.mode is {host.Spec.Mode}: it takes no guests";
        }

        return !host.Status.IsTrue(CommonConditions.Ready) || seen is not { LibvirtAnswers: true }
            ? "it is not Ready: see its conditions (kubectl describe kvmhost)"
            : null;
    }

    private static HashSet<string> Groups(VirtualMachine machine) =>
        machine.Spec.Placement.AntiAffinity.Select(group => $"{machine.Namespace()}/{group}").ToHashSet(StringComparer.Ordinal);
}
