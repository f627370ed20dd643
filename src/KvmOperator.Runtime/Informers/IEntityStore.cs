using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Informers;

/// <summary>
/// What the API server holds of a kind, as last heard: reads cost no request. Complete once <see cref="HasSynced"/>, but for
/// <see cref="Undecodable"/>; controllers run only then. The objects are shared and must not be changed; <see cref="EntityCopies"/> makes
/// private copies. Every list is a snapshot that never changes.
/// </summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public interface IEntityStore<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Whether the first full list has been taken in.</summary>
    bool HasSynced { get; }

    /// <summary>
    /// The objects that exist and cannot be read now; empty in good times. Of one that could be read before, <see cref="Get"/> and the lists
    /// still know that state; one that never could be is nowhere else. Whoever decides that something may be done because nobody else is
    /// concerned has to ask this, and to refuse while it may be about one of these.
    /// </summary>
    IReadOnlyList<UndecodableObject> Undecodable { get; }

    /// <summary>One object; null when there is none that can be read.</summary>
    TEntity? Get(EntityKey key);

    /// <summary>All objects, in no order. The same list again, at no cost, as long as nothing changed.</summary>
    IReadOnlyList<TEntity> List();

    /// <summary>The objects that an index files under a value, in no order. The same list again, at no cost, as long as none of them changed.</summary>
    /// <param name="index">The name given to <c>AddIndex</c>.</param>
    /// <param name="value">The value to look up.</param>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    IReadOnlyList<TEntity> ListBy(string index, string value);

    /// <summary>How many objects an index files under a value, at no cost however many they are.</summary>
    /// <param name="index">The name given to <c>AddIndex</c>.</param>
    /// <param name="value">The value to look up.</param>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    int CountBy(string index, string value);
}
