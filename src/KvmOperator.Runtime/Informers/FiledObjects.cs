using System.Collections.Immutable;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Informers;

/// <summary>The objects of a store by the values of one index. Not safe for threads.</summary>
internal sealed class FiledObjects<TEntity>(EntityIndex<TEntity> index)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Dictionary<string, Drawer> drawers = new(StringComparer.Ordinal);

    /// <summary>A snapshot of the objects under a value.</summary>
    public IReadOnlyList<TEntity> Under(string value)
    {
        if (!drawers.TryGetValue(value, out var drawer))
        {
            return [];
        }

        return drawer.Snapshot ??= ImmutableArray.CreateRange(drawer.Objects.Values);
    }

    /// <summary>How many objects there are under a value.</summary>
    public int CountUnder(string value) => drawers.TryGetValue(value, out var drawer) ? drawer.Objects.Count : 0;

    /// <summary>Files an object anew; null for what was not there before or is not there now.</summary>
    public void Move(EntityKey key, TEntity? before, TEntity? after)
    {
        foreach (var value in ValuesOf(before))
        {
            if (drawers.TryGetValue(value, out var drawer) && drawer.Objects.Remove(key))
            {
                drawer.Snapshot = null;
                if (drawer.Objects.Count == 0)
                {
                    drawers.Remove(value);
                }
            }
        }

        foreach (var value in ValuesOf(after))
        {
            if (!drawers.TryGetValue(value, out var drawer))
            {
                drawers[value] = drawer = new Drawer();
            }

            drawer.Objects[key] = after!;
            drawer.Snapshot = null;
        }
    }

    private IEnumerable<string> ValuesOf(TEntity? entity) => entity is null ? [] : index.Values(entity);

    private sealed class Drawer
    {
        public Dictionary<EntityKey, TEntity> Objects { get; } = [];

        public IReadOnlyList<TEntity>? Snapshot { get; set; }
    }
}
