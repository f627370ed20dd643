using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Informers;

/// <summary>One change of one object.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
/// <param name="Kind">What happened.</param>
/// <param name="Before">What was known before; null when nothing was.</param>
/// <param name="Entity">The object now; of a deleted one what was known last.</param>
internal sealed record EntityChange<TEntity>(ChangeKind Kind, TEntity? Before, TEntity Entity)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Whose write this is, of the controllers in this process: news for all but that one. Null when it was somebody else's.</summary>
    public object? Writer { get; init; }
}
