using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Asks for a pass over an object because of something that the API server does not know, such as news from a machine.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public interface IEntityQueue<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Asks every controller of the kind to look at an object, now or after a delay. Of several delays the shortest counts.</summary>
    void Enqueue(EntityKey key, TimeSpan? delay = null);

    /// <summary>Asks for a look at one of many objects that all have something to look at, and that nobody waits for: those that people wait for go first, and among these the order of asking counts.</summary>
    void EnqueueInBackground(EntityKey key);
}
