using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Placement;

/// <summary>Which stores each host of a pool can use, as the stores say. Made anew only when a store of the pool changed.</summary>
internal sealed class StoreAccessView(IEntityStore<NfsStore> stores)
{
    private static readonly HashSet<string> None = [];

    private readonly Lock guard = new();
    private readonly Dictionary<string, (IReadOnlyList<NfsStore> Stores, Dictionary<string, HashSet<string>> Hosts)> pools = new(StringComparer.Ordinal);

    /// <summary>The names of the stores that a host can use.</summary>
    public IReadOnlySet<string> Of(string pool, string host)
    {
        lock (guard)
        {
            // The store hands the same list out until one of its stores changes.
            var now = stores.ListBy(HostIndexes.ByPool, pool);
            if (!pools.TryGetValue(pool, out var known) || !ReferenceEquals(known.Stores, now))
            {
                pools[pool] = known = (now, Make(now));
            }

            return known.Hosts.GetValueOrDefault(host, None);
        }
    }

    private static Dictionary<string, HashSet<string>> Make(IEnumerable<NfsStore> stores)
    {
        var hosts = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var store in stores)
        {
            foreach (var mount in store.Status?.Mounts.Where(mount => mount.Ready) ?? [])
            {
                if (!hosts.TryGetValue(mount.Host, out var usable))
                {
                    hosts[mount.Host] = usable = new HashSet<string>(StringComparer.Ordinal);
                }

                usable.Add(store.Name());
            }
        }

        return hosts;
    }
}
