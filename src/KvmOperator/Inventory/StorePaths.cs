using k8s.Models;
using KvmOperator.Api.NfsStores;

namespace KvmOperator.Inventory;

/// <summary>Says whose a mount path is when several stores of a pool name it: only one of them can be mounted there. Pure.</summary>
internal static class StorePaths
{
    /// <summary>The stores that have their paths, by name. The oldest has it, also while it is being deleted: it is mounted until it is gone.</summary>
    /// <param name="ofPool">All stores of one pool.</param>
    public static IReadOnlyList<NfsStore> Holders(IEnumerable<NfsStore> ofPool) =>
    [
        .. ofPool
            .GroupBy(store => store.Spec.MountPath, StringComparer.Ordinal)
            .Select(rivals => rivals.OrderBy(store => store.Metadata.CreationTimestamp ?? DateTime.MaxValue).ThenBy(store => store.Name(), StringComparer.Ordinal).First())
            .OrderBy(store => store.Name(), StringComparer.Ordinal),
    ];

    /// <summary>The other store of the pool that has the path of this one; null when this one has it.</summary>
    public static NfsStore? RivalOf(NfsStore store, IEnumerable<NfsStore> stores) =>
        Holders(stores.Where(one => one.Spec.Pool == store.Spec.Pool))
            .FirstOrDefault(holder => holder.Spec.MountPath == store.Spec.MountPath && holder.Name() != store.Name());
}
