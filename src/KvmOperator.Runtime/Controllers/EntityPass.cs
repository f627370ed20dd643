using k8s;
using k8s.Models;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;

namespace KvmOperator.Runtime.Controllers;

/// <summary>
/// One pass over one object: finalizers first, then the controller, each in a scope of services of its own. One for each controller, which
/// is known as a writer by it.
/// </summary>
/// <param name="controllerType">The controller's class.</param>
/// <param name="scopes">Makes the scopes.</param>
/// <param name="finalizers">What must be cleaned up, and by whom.</param>
/// <param name="baselines">Remembers what a private copy was made from.</param>
internal sealed class EntityPass<TEntity>(
    Type controllerType, IServiceScopeFactory scopes, FinalizerManager<TEntity> finalizers, StatusBaselines baselines)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Passes a stored object to the finalizers when it is being deleted, else to the controller.</summary>
    public async Task<PassOutcome> ReconcileAsync(TEntity stored, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (stored.DeletionTimestamp() is not null)
        {
            return await finalizers.FinalizeAsync(stored, this, scope.ServiceProvider, cancellationToken);
        }

        // Before anything is done outside, so that whatever will be done can also be undone.
        var current = await finalizers.AttachAsync(stored, this, cancellationToken);
        if (current is null)
        {
            // It is gone, perhaps with another one of its name in its place: the watch tells.
            return PassOutcome.Done;
        }

        if (current.DeletionTimestamp() is not null)
        {
            return await finalizers.FinalizeAsync(current, this, scope.ServiceProvider, cancellationToken);
        }

        return Outcome(await Controller(scope).ReconcileAsync(baselines.PrivateCopyOf(current, this), cancellationToken));
    }

    /// <summary>Tells the controller that an object is gone.</summary>
    public async Task<PassOutcome> DeletedAsync(TEntity last, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return Outcome(await Controller(scope).DeletedAsync(last.Copy(), cancellationToken));
    }

    internal static PassOutcome Outcome(ReconciliationResult<TEntity> result) => result.IsSuccess
        ? new PassOutcome.Succeeded(result.RequeueAfter)
        : new PassOutcome.Failed(result.ErrorMessage ?? "no reason was given", result.Error, result.RequeueAfter);

    private IEntityController<TEntity> Controller(AsyncServiceScope scope) =>
        (IEntityController<TEntity>)scope.ServiceProvider.GetRequiredService(controllerType);
}
