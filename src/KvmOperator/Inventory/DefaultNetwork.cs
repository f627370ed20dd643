using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using k8s.Models;

namespace KvmOperator.Inventory;

/// <summary>Says where libvirt's <c>default</c> network is needed: on the hosts where guests may be that name it, and nowhere else.</summary>
internal static class DefaultNetwork
{
    /// <summary>The network's name.</summary>
    public const string Name = "default";

    /// <summary>libvirt's networks on which a guest is: the default one when its spec says nothing.</summary>
    public static IEnumerable<string> NetworksOf(VirtualMachine guest) => guest.Spec.Networks.Count > 0 ? guest.Spec.Networks.Select(card => card.Network).OfType<string>() : [Name];

    /// <summary>Whether a guest that may be on the host names the network.</summary>
    public static bool IsNeeded(KvmHost host, IEntityStore<VirtualMachine> guests) =>
        guests.CountBy(GuestIndexes.ByNetwork, GuestIndexes.NetworkOfPool(host.Spec.Pool, Name)) > 0
        || guests.CountBy(GuestIndexes.ByNetwork, GuestIndexes.NetworkOfHost(host.Name(), Name)) > 0;

    /// <summary>The hosts for which a guest is the only one that names it: they have it started now, and not at their next turn.</summary>
    public static IEnumerable<EntityKey> HostsOf(VirtualMachine guest, IEntityStore<VirtualMachine> guests, IEntityStore<KvmHost> hosts)
    {
        if (!NetworksOf(guest).Contains(Name, StringComparer.Ordinal))
        {
            return [];
        }

        var (placement, pool) = (guest.Spec.Placement, GuestIndexes.NetworkOfPool(guest.Spec.Placement.Pool, Name));
        return placement.HostRef is { } host
            ? guests.CountBy(GuestIndexes.ByNetwork, GuestIndexes.NetworkOfHost(host.Name, Name)) == 1 ? [new EntityKey(null, host.Name)] : []
            : guests.CountBy(GuestIndexes.ByNetwork, pool) == 1 ? hosts.ListBy(HostIndexes.ByPool, placement.Pool).Select(EntityKey.Of) : [];
    }

    /// <summary>Whether a change of a guest can change where the network is needed.</summary>
    public static bool IsNews(VirtualMachine before, VirtualMachine now) =>
        Place(before) != Place(now);

    private static (bool Names, string? Host, string Pool) Place(VirtualMachine guest) =>
        (NetworksOf(guest).Contains(Name, StringComparer.Ordinal), guest.Spec.Placement.HostRef?.Name, guest.Spec.Placement.Pool);
}
