using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Informers;

/// <summary>
/// What the API server holds of a kind, as last heard: reads cost no request. Complete once <see cref="HasSynced"/>; controllers run only then.
/// The objects are shared and must not be changed; <see cref="EntityCopies"/> makes private copies.
/// </summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public interface IEntityStore<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Whether the first full list has been taken in.</summary>
    bool HasSynced { get; }

    /// <summary>One object; null when there is none.</summary>
    TEntity? Get(EntityKey key);

    /// <summary>All objects, in no order.</summary>
    IReadOnlyCollection<TEntity> List();

    /// <summary>The objects that an index files under a value.</summary>
    /// <param name="index">The name given to <c>AddIndex</c>.</param>
    /// <param name="value">The value to look up.</param>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    IReadOnlyCollection<TEntity> ListBy(string index, string value);
}
