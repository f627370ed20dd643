using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VmwareImports;

/// <inheritdoc cref="IImportHosts"/>
internal sealed class ImportHosts(
    MachineConnections connections, HostObservations observations, StoreAccessView access, PoolViews pools, IEntityStore<KvmHost> hosts, IEntityStore<NfsStore> stores) : IImportHosts
{
    /// <inheritdoc/>
    public (ImportPlace? Place, ImportRefusal? Refusal) Find(VmwareImport import)
    {
        var spec = import.Spec;
        if (Store(spec.StoreRef.Name) is not { } target)
        {
            return Refuse(CommonReasons.DependencyNotReady, $"there is no NfsStore {spec.StoreRef.Name}, or its spec is not valid: see it, or name another one in a new import (spec.storeRef)");
        }

        var pool = target.Spec.Pool;
        if (spec.Source.StoreRef is { } named && (Store(named.Name) is not { } holder || holder.Spec.Pool != pool))
        {
            return Refuse(CommonReasons.DependencyNotReady, $"there is no NfsStore {named.Name} in the pool '{pool}', which is that of spec.storeRef: create it, or correct spec.source.storeRef in a new import");
        }

        var source = spec.Source.StoreRef is { } ofSource ? Store(ofSource.Name) : null;
        IReadOnlyList<string> wanted = source is null ? [target.Name()] : [target.Name(), source.Name()];
        return spec.Source.HostRef is { } host ? OnHost(import, host.Name, target, wanted) : InPool(import, target, source!, wanted);
    }

    /// <inheritdoc/>
    public ImportStore? FindStore(VmwareImport import) =>
        Store(import.Spec.StoreRef.Name) is { } store && Choose(import, [.. Members(store.Spec.Pool).Where(host => Lack(host, [store.Name()]) is null)]) is { } host
            ? new ImportStore(host.Name(), store.Spec.MountPath)
            : null;

    /// <inheritdoc/>
    public async Task<IHostShell> ShellAsync(string name, CancellationToken cancellationToken) =>
        await connections.ShellAsync(
            hosts.Get(new EntityKey(null, name)) ?? throw new MachineUnavailableException($"there is no KvmHost {name} any more: apply it again, or delete this import and create another one"), cancellationToken);

    private (ImportPlace? Place, ImportRefusal? Refusal) OnHost(VmwareImport import, string name, NfsStore target, IReadOnlyList<string> wanted)
    {
        if (hosts.Get(new EntityKey(null, name)) is not { } host)
        {
            return Refuse(CommonReasons.DependencyNotReady, $"there is no KvmHost {name}: create it, or correct spec.source.hostRef in a new import");
        }

        if (host.Spec.Pool != target.Spec.Pool)
        {
            return Refuse(CommonReasons.DependencyNotReady, $"{name} is in the pool '{host.Spec.Pool}', and the store {target.Name()} in '{target.Spec.Pool}': name a store of the host's pool in a new import");
        }

        if (host.Spec.ImportFolders.Count == 0)
        {
            return Refuse(VmwareImportReasons.SourceUnreadable, $"the KvmHost {name} names no spec.importFolders, below which imports may read: name the folder there, or put the machine into a store");
        }

        return Lack(host, wanted) is { } lack
            ? Refuse(CommonReasons.DependencyNotReady, lack)
            : (Place(import, host, target, host.Spec.ImportFolders), null);
    }

    private (ImportPlace? Place, ImportRefusal? Refusal) InPool(VmwareImport import, NfsStore target, NfsStore source, IReadOnlyList<string> wanted)
    {
        var members = Members(target.Spec.Pool);
        return Choose(import, [.. members.Where(host => Lack(host, wanted) is null)]) is { } chosen
            ? (Place(import, chosen, target, [source.Spec.MountPath]), null)
            : Refuse(CommonReasons.DependencyNotReady, members.Count == 0 ? $"the pool '{target.Spec.Pool}' has no hosts: create a KvmHost" : string.Join("; ", members.Select(host => Lack(host, wanted)).Take(3)));
    }

    private List<KvmHost> Members(string pool) => [.. pools.Of(pool).Possible.Where(member => member.CanBeAsked && member.Host.Metadata.DeletionTimestamp is null).Select(member => member.Host)];

    /// <summary>The host that is named already, or the one that is busy least: all of them have the store at the same distance.</summary>
    private KvmHost? Choose(VmwareImport import, List<KvmHost> able) =>
        able.Find(host => host.Name() == import.Status?.Host) ?? able.OrderBy(host => Load(observations.Find(host.Name()))).ThenBy(host => host.Name(), StringComparer.Ordinal).FirstOrDefault();

    private ImportPlace Place(VmwareImport import, KvmHost host, NfsStore target, IReadOnlyList<string> roots) => new(
        host.Name(),
        new SourceScope(import.Spec.Source.Path, roots, [.. stores.ListBy(HostIndexes.ByPool, target.Spec.Pool).Select(store => store.Spec.MountPath).Distinct(StringComparer.Ordinal)], import.Namespace()),
        target);

    /// <summary>What keeps a host from working for an import; null for nothing.</summary>
    private string? Lack(KvmHost host, IReadOnlyList<string> wanted)
    {
        var name = host.Name();
        if (observations.Find(name) is not { } seen)
        {
            return $"{name} does not answer: see it (kubectl describe kvmhost {name})";
        }

        var usable = access.Of(host.Spec.Pool, name);
        return wanted.FirstOrDefault(store => !usable.Contains(store) || Probe(store, seen) is not { Answers: true }) is { } missing
            ? $"the store {missing} is not usable on {name}: see it (kubectl describe nfsstore {missing})"
            : null;
    }

    private StoreProbe? Probe(string store, HostObservation seen) => Store(store) is { } known ? seen.Stores.FirstOrDefault(probe => probe.MountPath == known.Spec.MountPath) : null;

    private static double Load(HostObservation? seen) => seen is null ? double.MaxValue : seen.LoadAverage / Math.Max(1, seen.Processors);

    private NfsStore? Store(string name) => stores.Get(new EntityKey(null, name)) is { } store && NfsStoreValidator.Validate(store).Count == 0 ? store : null;

    private static (ImportPlace? Place, ImportRefusal? Refusal) Refuse(string reason, string message) => (null, new ImportRefusal(reason, message));
}
