using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Informers;

/// <summary>Files objects under values, for example machines under the host they run on.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
/// <param name="Name">The name to ask by.</param>
/// <param name="Values">The values of an object: a pure function of it that does not throw.</param>
public sealed record EntityIndex<TEntity>(string Name, Func<TEntity, IEnumerable<string>> Values)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>;
