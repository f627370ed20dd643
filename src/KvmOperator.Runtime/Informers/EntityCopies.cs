using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Informers;

/// <summary>Makes private copies of shared objects.</summary>
public static class EntityCopies
{
    /// <summary>A deep copy that the caller may change.</summary>
    public static TEntity Copy<TEntity>(this TEntity entity)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        KubernetesJson.Deserialize<TEntity>(KubernetesJson.Serialize(entity));
}
