using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
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
            .Select(store => (Name: store.Name(), Probe: Probe(store, seen)))
            .Where(pair => pair.Probe is not { Answers: true })
            .Select(pair => $"the store {pair.Name} does not answer on {host}: {(pair.Probe is { Reason.Length: > 0 } probe ? probe.Reason : "not looked at yet")}. See it and the host (kubectl describe nfsstore, kvmhost).")
            .FirstOrDefault();

    /// <summary>Whether a store takes no new disks, by the latest look at it from a host. Pure.</summary>
    public static bool IsNearlyFull(NfsStore store, HostObservation? seen) =>
        Probe(store, seen) is { Answers: true, SizeBytes: > 0 } probe
        && StoreReserve.IsNearlyFull(probe.SizeBytes, probe.AvailableBytes, store.Status?.Conditions.Any(condition => condition is { Type: NfsStoreConditions.SpaceAvailable, Status: "False" }) == true);

    /// <summary>Why guests whose disks could not be written would stand still again, by the latest look at their stores from a host; null when these answer and have room. Pure.</summary>
    public static string? WithoutRoom(string host, IEnumerable<NfsStore> stores, HostObservation? seen)
    {
        var all = stores.ToList();
        return Silent(host, all, seen)
            ?? all.Where(store => Probe(store, seen) is { } probe && !StoreReserve.HasRoom(probe.SizeBytes, probe.AvailableBytes)).Select(store => $"the store {store.Name()} is full. Make room there").FirstOrDefault();
    }

    private static StoreProbe? Probe(NfsStore store, HostObservation? seen) => seen?.Stores.FirstOrDefault(probe => probe.MountPath == store.Spec.MountPath);

    private static IEnumerable<string> Names(VirtualMachine machine) => machine.Spec.Disks.Select(disk => disk.StoreRef.Name).Distinct(StringComparer.Ordinal);

    private NfsStore? Find(VirtualMachine machine, string name) =>
        stores.Get(new EntityKey(null, name)) is { } store && store.Spec.Pool == machine.Spec.Placement.Pool && NfsStoreValidator.Validate(store).Count == 0 ? store : null;
}
