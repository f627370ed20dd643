using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.VirtualMachines.Disks;

namespace KvmOperator.VirtualMachines;

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
        var usable = stores.Where(store => NfsStoreValidator.Validate(store).Count == 0).OrderBy(store => store.Name(), StringComparer.Ordinal).ToList();
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
}
