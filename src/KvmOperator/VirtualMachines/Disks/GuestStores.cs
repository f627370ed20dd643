using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
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

    /// <summary>Which of some stores does not answer on a host, or is not mounted there, by the latest look at it; null when all answer. Whoever touches a file of one that does not would wait, or make it on the host's own disk. Pure.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="stores">The stores.</param>
    /// <param name="seen">The latest look at the host; null when it was not seen lately.</param>
    public static string? Silent(string host, IEnumerable<NfsStore> stores, HostObservation? seen) =>
        stores
            .Select(store => (Name: store.Name(), Probe: seen?.Stores.FirstOrDefault(probe => probe.MountPath == store.Spec.MountPath)))
            .Where(pair => pair.Probe is not { Answers: true })
            .Select(pair => $"the store {pair.Name} does not answer on {host}: {(pair.Probe is { Reason.Length: > 0 } probe ? probe.Reason : "not looked at yet")}. See it and the host (kubectl describe nfsstore, kvmhost).")
            .FirstOrDefault();

    private static IEnumerable<string> Names(VirtualMachine machine) => machine.Spec.Disks.Select(disk => disk.StoreRef.Name).Distinct(StringComparer.Ordinal);

    private NfsStore? Find(VirtualMachine machine, string name) =>
        stores.Get(new EntityKey(null, name)) is { } store && store.Spec.Pool == machine.Spec.Placement.Pool && NfsStoreValidator.Validate(store).Count == 0 ? store : null;
}
