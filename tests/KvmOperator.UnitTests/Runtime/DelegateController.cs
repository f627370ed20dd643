using k8s;
using k8s.Models;
using KvmOperator.Runtime.Controllers;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Does what a function does, and comes back when that says so.</summary>
internal sealed class DelegateController<TEntity>(Func<TEntity, CancellationToken, Task<TimeSpan?>> work) : IEntityController<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    public async Task<ReconciliationResult<TEntity>> ReconcileAsync(TEntity entity, CancellationToken cancellationToken) =>
        ReconciliationResult<TEntity>.Success(entity, await work(entity, cancellationToken));

    public Task<ReconciliationResult<TEntity>> DeletedAsync(TEntity entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<TEntity>.Success(entity));
}
