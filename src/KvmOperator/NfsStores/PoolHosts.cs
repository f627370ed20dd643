using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Nfs;

namespace KvmOperator.NfsStores;

/// <summary>Says to whom a store is exported, and by whom it has to be mounted. Pure.</summary>
internal static class PoolHosts
{
    /// <summary>The hosts of the store's pool whose spec can be worked on, by name. One that leaves is among them until it has unmounted.</summary>
    public static IReadOnlyList<KvmHost> Of(NfsStore store, IEnumerable<KvmHost> hosts) =>
    [
        .. hosts
            .Where(host => host.Spec.Pool == store.Spec.Pool && KvmHostValidator.Validate(host).Count == 0)
            .OrderBy(host => host.Name(), StringComparer.Ordinal),
    ];

    /// <summary>The export that the server should have: for the addresses of the pool's hosts and for nobody else.</summary>
    public static StoreExport Export(NfsStore store, IEnumerable<KvmHost> pool)
    {
        var clients = pool.SelectMany(host => new[] { host.Spec.Address, host.Spec.MigrationAddress ?? host.Spec.Address }).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var export = new StoreExport(store.Name(), store.Spec.ExportPath, [.. clients]);
        return store.Spec.ExportOptions.Count == 0 ? export : export with { Options = store.Spec.ExportOptions };
    }
}
