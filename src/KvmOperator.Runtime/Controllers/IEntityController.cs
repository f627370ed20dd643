using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Controllers;

/// <summary>
/// Brings the world in line with objects of a kind. Called for one object by one worker at a time, for different objects side by side, and
/// only while this process leads. A call may be cut off and repeated at any time: it must look at what is, not at what changed.
/// </summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public interface IEntityController<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// Called when an object is new or different, when a requested time has come, after a failure, and now and then in any case. Not called
    /// for an object that is being deleted. A failure or an exception brings the object back after a growing delay, for ever.
    /// </summary>
    /// <param name="entity">A private copy: it may be changed.</param>
    /// <param name="cancellationToken">Cancelled when the time is up, leadership is lost or the process must go.</param>
    Task<ReconciliationResult<TEntity>> ReconcileAsync(TEntity entity, CancellationToken cancellationToken);

    /// <summary>
    /// Called when an object is gone. For information only: it is lost when the process restarts at that moment. What must be cleaned up
    /// belongs into a finalizer.
    /// </summary>
    /// <param name="entity">What was known last.</param>
    /// <param name="cancellationToken">As for <see cref="ReconcileAsync"/>.</param>
    Task<ReconciliationResult<TEntity>> DeletedAsync(TEntity entity, CancellationToken cancellationToken);
}
