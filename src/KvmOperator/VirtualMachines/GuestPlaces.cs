using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Planning.Placement;

namespace KvmOperator.VirtualMachines;

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
    public static IReadOnlyList<PlacementHost> Hosts(
        IEnumerable<KvmHost> hosts,
        IReadOnlyCollection<NfsStore> stores,
        IReadOnlyCollection<VirtualMachine> machines,
        VirtualMachine except,
        Func<string, HostObservation?> observed) => [.. hosts.Select(host => Host(host, stores, machines, except, observed(host.Name())))];

    private static PlacementHost Host(
        KvmHost host, IReadOnlyCollection<NfsStore> stores, IReadOnlyCollection<VirtualMachine> machines, VirtualMachine except, HostObservation? seen)
    {
        var name = host.Name();
        var guests = machines
            .Where(machine => machine.Status?.Host == name && machine.Uid() != except.Uid() && machine.Spec.RunStrategy != RunStrategy.Halted)
            .ToList();
        var foreign = seen?.Domains.Where(domain => domain is { Owner: null, IsActive: true }).ToList() ?? [];
        return new PlacementHost(
            name,
            host.Spec.Pool,
            Unavailable(host, seen),
            host.Status?.Capacity?.AllocatableCpus ?? 0,
            host.Status?.Capacity?.AllocatableMemoryBytes ?? 0,
            guests.Sum(guest => guest.Spec.Vcpus) + foreign.Sum(domain => domain.Vcpus),
            guests.Sum(guest => Quantities.Bytes(guest.Spec.Memory) ?? 0) + foreign.Sum(domain => domain.MemoryBytes),
            stores.Where(store => store.Status?.Mounts.Any(mount => mount.Host == name && mount.Ready) == true).Select(store => store.Name()).ToHashSet(StringComparer.Ordinal),
            guests.SelectMany(Groups).ToHashSet(StringComparer.Ordinal));
    }

    private static string? Unavailable(KvmHost host, HostObservation? seen)
    {
        if (host.Metadata.DeletionTimestamp is not null)
        {
            return "it is being deleted";
        }

        if (host.Spec.Mode != HostMode.Active)
        {
            return $"spec.mode is {host.Spec.Mode}: it takes no guests";
        }

        return host.Status?.Conditions.Any(condition => condition is { Type: CommonConditions.Ready, Status: "True" }) != true || seen is not { LibvirtAnswers: true }
            ? "it is not Ready: see its conditions (kubectl describe kvmhost)"
            : null;
    }

    private static HashSet<string> Groups(VirtualMachine machine) =>
        machine.Spec.Placement.AntiAffinity.Select(group => $"{machine.Namespace()}/{group}").ToHashSet(StringComparer.Ordinal);
}
