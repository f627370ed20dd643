using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;

namespace KvmOperator.Placement;

/// <summary>Says what the planner has to know of hosts and guests.</summary>
internal sealed class GuestPlaces(PoolViews pools, HostLoads loads, StoreAccessView access, HostObservations observations, IEntityStore<KvmHost> hosts)
{
    /// <summary>The guest as the planner sees it.</summary>
    public static PlacementGuest Guest(VirtualMachine machine)
    {
        var load = GuestLoad.Of(machine);
        var cards = machine.Spec.Cards();
        return new PlacementGuest(
            machine.Spec.Placement.Pool,
            machine.Spec.Placement.HostRef?.Name,
            load.Vcpus,
            load.MemoryBytes,
            machine.Spec.Disks.Select(disk => disk.StoreRef.Name).ToHashSet(StringComparer.Ordinal),
            load.Groups.ToHashSet(StringComparer.Ordinal))
        {
            OverheadBytes = load.OverheadBytes,

            // The preparation sees to libvirt's default network where it is needed: a host that cannot have it is not Ready, and one that will have it in a moment is no refusal.
            Networks = cards.Select(card => card.Network).OfType<string>().Where(network => network != "default").ToHashSet(StringComparer.Ordinal),
            Bridges = cards.Select(card => card.Bridge).OfType<string>().ToHashSet(StringComparer.Ordinal),
        };
    }

    /// <summary>The hosts of the guest's pool as the planner sees them. What the guest has itself does not count.</summary>
    public IReadOnlyList<PlacementHost> Hosts(VirtualMachine machine) =>
        [.. pools.Of(machine.Spec.Placement.Pool).Members.Select(member => Host(member.Host, machine, livesThere: false))];

    /// <summary>Any host as a place for the guest, of whichever pool; null when there is none of that name.</summary>
    public PlacementHost? Host(string name, VirtualMachine machine) => hosts.Get(new EntityKey(null, name)) is { } host ? Host(host, machine, livesThere: false) : null;

    /// <summary>A host as a place for guests that are not there.</summary>
    public PlacementHost Host(KvmHost host) => Host(host, loads.Of(host.Name()), livesThere: false);

    /// <summary>The host on which a guest lives, as a place to be started: a cordoned one keeps its guests.</summary>
    public PlacementHost Home(KvmHost host, VirtualMachine guest) => Host(host, guest, livesThere: true);

    private PlacementHost Host(KvmHost host, VirtualMachine guest, bool livesThere) =>
        Host(host, loads.Of(host.Name()).Without(new OwnerMarker(guest.Namespace(), guest.Name())), livesThere);

    private PlacementHost Host(KvmHost host, HostLoad load, bool livesThere)
    {
        var name = host.Name();
        var seen = observations.Find(name);
        return new PlacementHost(
            name,
            host.Spec.Pool,
            Unavailable(host, seen, livesThere),
            host.Status?.Capacity?.AllocatableCpus ?? 0,
            host.Status?.Capacity?.AllocatableMemoryBytes ?? 0,
            load.Vcpus,
            load.MemoryBytes + (livesThere ? 0 : load.OverheadBytes),
            access.Of(host.Spec.Pool, name),
            load.Groups)
        {
            Networks = seen?.Networks,
            Bridges = seen?.Bridges,
            IsHome = livesThere,
            IsOverloaded = host.Status.IsTrue(KvmHostConditions.Overloaded),
        };
    }

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

        if (!livesThere && FailedHosts.Refuse(host) is { } failed)
        {
            return failed;
        }

        if (livesThere)
        {
            return HomeReadiness.Lack(host, seen);
        }

        return !host.Status.IsTrue(CommonConditions.Ready) || seen is not { LibvirtAnswers: true }
            ? "it is not Ready: see its conditions (kubectl describe kvmhost)"
            : null;
    }
}
