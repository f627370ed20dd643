using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Finds the few guests that have to do with a guest's files, among all there are.</summary>
internal sealed class GuestFiles(IEntityStore<VirtualMachine> machines)
{
    /// <summary>Every guest that <see cref="LinkedGuests"/> has to know of.</summary>
    /// <param name="origin">The guest that others may be linked to.</param>
    /// <param name="disks">What is known of its disks; null for what is written down.</param>
    public IReadOnlyCollection<VirtualMachine> MayBeLinkedTo(VirtualMachine origin, IReadOnlyList<VirtualMachineDiskStatus>? disks = null)
    {
        var values = origin.Spec.Disks.Where(disk => disk.Source?.Existing is not null).Select(disk => GuestIndexes.Image(disk.StoreRef.Name, disk.Source!.Existing!))
            .Concat((disks ?? origin.Status?.Disks ?? []).Select(disk => disk.Path).OfType<string>().Select(GuestIndexes.Backing))
            .Append(GuestIndexes.Clone(origin.Namespace(), origin.Name()));
        return Distinct(values.Distinct(StringComparer.Ordinal).SelectMany(value => machines.ListBy(GuestIndexes.ByOrigin, value)));
    }

    /// <summary>The guests of a guest's namespace whose objects this version of the operator cannot read, as <c>namespace/name</c>: any of them may be linked to its disks.</summary>
    public IReadOnlyList<string> Unreadable(VirtualMachine origin) =>
    [
        .. machines.Undecodable.Where(guest => guest.Key.Namespace == origin.Namespace() && machines.Get(guest.Key) is null).Select(guest => guest.Key.ToString()).Order(StringComparer.Ordinal),
    ];

    private static IReadOnlyCollection<VirtualMachine> Distinct(IEnumerable<VirtualMachine> guests) => [.. guests.DistinctBy(EntityKey.Of)];
}
