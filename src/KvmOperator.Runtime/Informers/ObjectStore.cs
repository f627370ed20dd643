using System.Collections.Immutable;
using System.Globalization;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Informers;

/// <summary>Objects by key, with indexes. An older version never replaces a newer one. Safe for any number of threads.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public sealed class ObjectStore<TEntity>(IEnumerable<EntityIndex<TEntity>> indexes) : IEntityStore<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock guard = new();
    private readonly Dictionary<EntityKey, Known> objects = [];
    private readonly Dictionary<string, FiledObjects<TEntity>> files =
        indexes.ToDictionary(index => index.Name, index => new FiledObjects<TEntity>(index), StringComparer.Ordinal);

    private readonly Dictionary<EntityKey, UndecodableObject> undecodable = [];
    private IReadOnlyList<TEntity>? listed;
    private IReadOnlyList<UndecodableObject> undecodableNow = [];

    /// <inheritdoc/>
    public bool HasSynced { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<UndecodableObject> Undecodable => Volatile.Read(ref undecodableNow);

    /// <summary>Called when the answer to an own write showed a change of somebody else that was not heard yet: the object before and now.</summary>
    internal Action<TEntity, TEntity>? ChangedByOthers { get; set; }

    /// <summary>Called when the answer to an own write showed nothing but that write: the object before and now, and whose it was.</summary>
    internal Action<TEntity, TEntity, object>? Written { get; set; }

    /// <summary>How many objects there are.</summary>
    public int Count
    {
        get
        {
            lock (guard)
            {
                return objects.Count;
            }
        }
    }

    /// <inheritdoc/>
    public TEntity? Get(EntityKey key)
    {
        lock (guard)
        {
            return objects.GetValueOrDefault(key)?.Entity;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<TEntity> List()
    {
        lock (guard)
        {
            return listed ??= ImmutableArray.CreateRange(objects.Values.Select(known => known.Entity));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<TEntity> ListBy(string index, string value)
    {
        lock (guard)
        {
            return Filed(index).Under(value);
        }
    }

    /// <inheritdoc/>
    public int CountBy(string index, string value)
    {
        lock (guard)
        {
            return Filed(index).CountUnder(value);
        }
    }

    /// <summary>Takes in an object as the server told it. Answers false, and changes nothing, when this or a newer version is known already.</summary>
    public bool Put(TEntity entity, out TEntity? before)
    {
        ArgumentNullException.ThrowIfNull(entity);
        lock (guard)
        {
            var key = EntityKey.Of(entity);
            var known = objects.GetValueOrDefault(key);
            before = known?.Entity;
            if (known is not null && IsSameObject(known.Entity, entity) && Version(entity) <= known.Version)
            {
                return false;
            }

            SetLocked(key, before, entity);
            return true;
        }
    }

    /// <summary>
    /// Takes in the answer to an own write, so that the next look sees it before the watch tells it. Never brings back what is gone. The
    /// answer also holds what others changed just before: the watch comes too late to tell that, so it is told here.
    /// </summary>
    /// <param name="entity">The answer.</param>
    /// <param name="ownFinalizers">Finalizers that the write may have added or taken off.</param>
    public void PutOwnWrite(TEntity entity, params IReadOnlyCollection<string> ownFinalizers) => PutOwnWrite(entity, null, ownFinalizers);

    /// <summary>As the other, and tells those who did not write it: the watch's word of it will be no news to anybody.</summary>
    /// <param name="entity">The answer.</param>
    /// <param name="writer">Whose write it was.</param>
    /// <param name="ownFinalizers">Finalizers that the write may have added or taken off.</param>
    internal void PutOwnWrite(TEntity entity, object? writer, IReadOnlyCollection<string> ownFinalizers)
    {
        ArgumentNullException.ThrowIfNull(entity);
        TEntity before;
        lock (guard)
        {
            var key = EntityKey.Of(entity);
            if (!objects.TryGetValue(key, out var known) || !IsSameObject(known.Entity, entity) || Version(entity) <= known.Version)
            {
                return;
            }

            before = known.Entity;
            SetLocked(key, before, entity);
        }

        if (EntityDifference.IsOfIntent(before, entity, ownFinalizers))
        {
            ChangedByOthers?.Invoke(before, entity);
        }
        else if (writer is not null)
        {
            Written?.Invoke(before, entity, writer);
        }
    }

    /// <summary>Takes an object out; answers what was known of it.</summary>
    public TEntity? Remove(EntityKey key)
    {
        lock (guard)
        {
            if (!objects.Remove(key, out var before))
            {
                return null;
            }

            listed = null;
            Refile(key, before.Entity, null);
            return before.Entity;
        }
    }

    /// <summary>The keys of what a complete list of the server no longer holds.</summary>
    /// <param name="listed">The keys of the list.</param>
    /// <param name="listVersion">The list's resource version: own writes that are newer were not yet in it.</param>
    public IReadOnlyList<EntityKey> MissingFrom(IReadOnlySet<EntityKey> listed, ulong listVersion)
    {
        lock (guard)
        {
            return [.. objects.Where(pair => !listed.Contains(pair.Key) && pair.Value.Version <= listVersion).Select(pair => pair.Key)];
        }
    }

    /// <summary>Forgets everything that is known about versions: the server's history went back, for example to a backup.</summary>
    public void ForgetVersions()
    {
        lock (guard)
        {
            // The objects are others' too: passes guard their writes by the versions in them.
            foreach (var known in objects.Values)
            {
                known.Version = 0;
            }
        }
    }

    /// <summary>Notes that an object is there and cannot be read.</summary>
    public void PutUndecodable(UndecodableObject entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        lock (guard)
        {
            undecodable[entity.Key] = entity;
            PublishUndecodable();
        }
    }

    /// <summary>Notes that an object can be read again, or is gone. False when nothing was noted about it.</summary>
    public bool RemoveUndecodable(EntityKey key)
    {
        lock (guard)
        {
            if (!undecodable.Remove(key))
            {
                return false;
            }

            PublishUndecodable();
            return true;
        }
    }

    /// <summary>Forgets those that cannot be read and that a complete list of the server no longer holds.</summary>
    public void KeepUndecodable(IReadOnlySet<EntityKey> listedKeys)
    {
        lock (guard)
        {
            foreach (var key in undecodable.Keys.Where(key => !listedKeys.Contains(key)).ToArray())
            {
                undecodable.Remove(key);
            }

            PublishUndecodable();
        }
    }

    /// <summary>Says that the first full list was taken in.</summary>
    public void MarkSynced() => HasSynced = true;

    private static bool IsSameObject(TEntity one, TEntity other) => string.Equals(one.Uid(), other.Uid(), StringComparison.Ordinal);

    private static ulong Version(TEntity entity) =>
        ulong.TryParse(entity.ResourceVersion(), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private void SetLocked(EntityKey key, TEntity? before, TEntity entity)
    {
        objects[key] = new Known(entity, Version(entity));
        listed = null;
        Refile(key, before, entity);
    }

    private void Refile(EntityKey key, TEntity? before, TEntity? after)
    {
        foreach (var filed in files.Values)
        {
            filed.Move(key, before, after);
        }
    }

    private FiledObjects<TEntity> Filed(string index) =>
        files.TryGetValue(index, out var filed) ? filed : throw new ArgumentException($"{typeof(TEntity).Name} has no index '{index}'", nameof(index));

    private void PublishUndecodable() => Volatile.Write(ref undecodableNow, undecodable.Values.ToImmutableArray());

    private sealed class Known(TEntity entity, ulong version)
    {
        public TEntity Entity { get; } = entity;

        /// <summary>What is older is no news.</summary>
        public ulong Version { get; set; } = version;
    }
}
