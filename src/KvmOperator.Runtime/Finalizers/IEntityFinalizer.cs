using k8s;
using k8s.Models;
using KvmOperator.Runtime.Controllers;

namespace KvmOperator.Runtime.Finalizers;

/// <summary>Cleans up before an object may go.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public interface IEntityFinalizer<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// Called for an object that is being deleted and carries this finalizer, until it answers success without asking to come back; then
    /// the finalizer is removed. Failures bring it back after a growing delay, for ever.
    /// </summary>
    /// <param name="entity">A private copy: it may be changed.</param>
    /// <param name="cancellationToken">Cancelled when the time is up, leadership is lost or the process must go.</param>
    Task<ReconciliationResult<TEntity>> FinalizeAsync(TEntity entity, CancellationToken cancellationToken);
}
