using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Finds the stores of a guest's disks.</summary>
internal sealed class GuestStores(IEntityStore<NfsStore> stores)
{
    /// <summary>The stores of all disks by name; null when one is not there, or serves another pool.</summary>
    public IReadOnlyDictionary<string, NfsStore>? Of(VirtualMachine machine)
    {
        var found = Names(machine).Select(name => Find(machine, name)).ToList();
        return found.Contains(null) ? null : found.ToDictionary(store => store!.Name(), store => store!, StringComparer.Ordinal);
    }

    /// <summary>Says which store is not there, or serves another pool.</summary>
    public string MissingMessage(VirtualMachine machine) =>
        $"there is no NfsStore {Names(machine).FirstOrDefault(name => Find(machine, name) is null)} in the pool '{machine.Spec.Placement.Pool}': create it, or correct spec.disks";

    private static IEnumerable<string> Names(VirtualMachine machine) => machine.Spec.Disks.Select(disk => disk.StoreRef.Name).Distinct(StringComparer.Ordinal);

    private NfsStore? Find(VirtualMachine machine, string name) =>
        stores.Get(new EntityKey(null, name)) is { } store && store.Spec.Pool == machine.Spec.Placement.Pool && NfsStoreValidator.Validate(store).Count == 0 ? store : null;
}
