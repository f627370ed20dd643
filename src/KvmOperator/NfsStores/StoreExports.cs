using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;

namespace KvmOperator.NfsStores;

/// <summary>Says to whom a store is exported. Pure.</summary>
internal static class StoreExports
{
    /// <summary>
    /// The export that the server should have: for the addresses of the pool's hosts and for nobody else. A host that cannot be worked on at present is not shut out: its guests would lose their disks. One that was shut out after a failure is in no list, also in that of a server that is new.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="pool">The hosts that can be worked on.</param>
    /// <param name="strangers">Those that cannot (<see cref="PoolView.Strangers"/>).</param>
    public static StoreExport For(NfsStore store, IEnumerable<KvmHost> pool, IEnumerable<PeerHost>? strangers = null)
    {
        var clients = pool.Where(host => !FailedHosts.IsShutOut(host)).SelectMany(host => PoolPeers.Addresses(host.Spec)).Concat((strangers ?? []).SelectMany(host => host.Addresses)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var export = new StoreExport(store.Name(), store.Spec.ExportPath, [.. clients]) { IsVersion3 = store.Spec.NfsVersion == "3" };
        return store.Spec.ExportOptions.Count == 0 ? export : export with { Options = store.Spec.ExportOptions };
    }
}
