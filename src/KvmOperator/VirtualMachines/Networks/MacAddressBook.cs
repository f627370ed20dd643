using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VirtualMachines.Networks;

/// <summary>
/// Lets one guest at a time choose the addresses of its network cards, in memory: what was chosen counts for the others from that moment, also before it is written down. All guests of the cluster
/// are asked, since any two of them may come to be on one network.
/// </summary>
internal sealed class MacAddressBook(IEntityStore<VirtualMachine> machines)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, EntityKey> chosen = new(StringComparer.Ordinal);

    /// <summary>Chooses the addresses of a guest, as <see cref="GuestMacAddresses.Choose"/>. Those of one that runs are not changed under it: who has whose is settled at its next start.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="domain">Its domain; null when it has none.</param>
    public MacAddressChoice Choose(VirtualMachine guest, DomainObservation? domain)
    {
        var found = domain?.MacAddresses ?? [];
        var key = EntityKey.Of(guest);
        lock (gate)
        {
            var choice = GuestMacAddresses.Choose(guest, found, mac => domain is { IsActive: true } && found.Contains(mac, StringComparer.Ordinal) ? null : Holder(mac, guest, key));
            foreach (var mac in choice.Addresses)
            {
                chosen[mac] = key;
            }

            return choice;
        }
    }

    private VirtualMachine? Holder(string mac, VirtualMachine guest, EntityKey key)
    {
        if (chosen.TryGetValue(mac, out var other) && other != key)
        {
            if (machines.Get(other) is { } first && first.Status is not { MacAddresses.Count: > 0 })
            {
                return first;
            }

            // It is written down by now, or gone: the store tells the rest.
            chosen.Remove(mac);
        }

        return machines.ListBy(GuestIndexes.ByMac, mac).FirstOrDefault(one => EntityKey.Of(one) != key && GuestMacAddresses.IsOthers(mac, guest, one));
    }
}
