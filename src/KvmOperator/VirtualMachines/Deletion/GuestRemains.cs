using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.VirtualMachines.Disks;

namespace KvmOperator.VirtualMachines.Deletion;

/// <summary>Says what a guest leaves that has to be removed with it. Pure. Of a spec that is invalid nothing reaches a machine: what was recorded counts then.</summary>
internal static class GuestRemains
{
    /// <summary>Whether nothing was ever done for a guest. One that was valid once may run, whatever its spec says now.</summary>
    public static bool NothingWasDone(VirtualMachineStatus status, bool isValid) => !isValid && status is { Host: null, DomainUuid: null };

    /// <summary>The files that the operator made, each with its store.</summary>
    /// <param name="spec">What was wanted.</param>
    /// <param name="status">What is recorded.</param>
    /// <param name="isValid">Whether the spec can be worked on.</param>
    /// <param name="identity">The guest.</param>
    /// <param name="stores">All stores.</param>
    public static IReadOnlyList<(NfsStore Store, string Path)> Files(
        VirtualMachineSpec spec, VirtualMachineStatus status, bool isValid, DomainIdentity identity, IReadOnlyCollection<NfsStore> stores)
    {
        var usable = Usable(stores);
        var files = isValid
            ? spec.Disks.Where(disk => disk.Source?.Existing is null).Select(disk => (Store: usable.Find(store => store.Name() == disk.StoreRef.Name), Disk: disk))
                .Where(pair => pair.Store is not null)
                .Select(pair => (Store: pair.Store!, Path: GuestDisks.Path(identity, pair.Disk, pair.Store!)))
            : status.Disks.Where(disk => disk is { Created: true, Path: not null })
                .Select(disk => (Store: usable.Find(store => disk.Path!.StartsWith($"{GuestDisks.Folder(identity, store)}/", StringComparison.Ordinal)), Path: disk.Path!))
                .Where(pair => pair.Store is not null)
                .Select(pair => (Store: pair.Store!, pair.Path));
        return [.. files];
    }

    /// <summary>The stores in which it may have a folder of its own: those of its files, and those of its disks, also of existing ones, beside the first of which it is kept what the guest was.</summary>
    public static IReadOnlyList<NfsStore> Stores(VirtualMachineSpec spec, VirtualMachineStatus status, bool isValid, DomainIdentity identity, IReadOnlyCollection<NfsStore> stores)
    {
        var files = Files(spec, status, isValid, identity, stores).Select(file => file.Store.Name()).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Usable(stores).Where(store => files.Contains(store.Name())
                || (isValid
                    ? spec.Disks.Any(disk => disk.StoreRef.Name == store.Name())
                    : status.Disks.Any(disk => disk.Path?.StartsWith($"{store.Spec.MountPath}/", StringComparison.Ordinal) == true))),
        ];
    }

    private static List<NfsStore> Usable(IReadOnlyCollection<NfsStore> stores) =>
        [.. stores.Where(store => NfsStoreValidator.Validate(store).Count == 0).OrderBy(store => store.Name(), StringComparer.Ordinal)];
}
