using KvmOperator.Api.KvmHosts;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory;

/// <summary>The latest view of each pool, made anew only when one of its hosts changed.</summary>
internal sealed class PoolViews(IEntityStore<KvmHost> hosts)
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, (IReadOnlyList<KvmHost> Hosts, IReadOnlyList<UndecodableObject> Unreadable, PoolView View)> views = new(StringComparer.Ordinal);

    /// <summary>The hosts of a pool. One that no host names is empty.</summary>
    public PoolView Of(string pool)
    {
        lock (guard)
        {
            // The store hands the same list out until one of its hosts changes.
            var now = hosts.ListBy(HostIndexes.ByPool, pool);
            var undecodable = hosts.Undecodable;
            if (views.TryGetValue(pool, out var known) && ReferenceEquals(known.Hosts, now) && ReferenceEquals(known.Unreadable, undecodable))
            {
                return known.View;
            }

            // Kept also when its last host is gone, so that the numbers of what comes later go on. Of names that guests make up nothing is kept.
            var view = PoolView.Of(now, known.View, undecodable.Where(host => hosts.Get(host.Key) is null && (host.Text("spec", "pool") ?? pool) == pool));
            if (now.Count > 0 || known.View is not null)
            {
                views[pool] = (now, undecodable, view);
            }

            return view;
        }
    }
}
