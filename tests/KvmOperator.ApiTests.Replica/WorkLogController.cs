using k8s.Models;
using KvmOperator.Runtime.Controllers;

namespace KvmOperator.ApiTests.Replica;

/// <summary>Works for a moment, over and over, deaf to cancellation as outside work can be; notes when it begins and ends.</summary>
internal sealed class WorkLogController(WorkLog log, TimeProvider clock, WorkLength length) : IEntityController<V1ConfigMap>
{
    public async Task<ReconciliationResult<V1ConfigMap>> ReconcileAsync(V1ConfigMap entity, CancellationToken cancellationToken)
    {
        log.Note("begin");

        // Who is told of the cancellation is as deaf: the callback takes as long as the pass.
        await using var told = cancellationToken.Register(() => Task.Delay(length.Pass, clock, CancellationToken.None).Wait(CancellationToken.None));
        await Task.Delay(length.Pass, clock, CancellationToken.None);
        log.Note("end");
        return ReconciliationResult<V1ConfigMap>.Success(entity, length.Pass);
    }

    public Task<ReconciliationResult<V1ConfigMap>> DeletedAsync(V1ConfigMap entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<V1ConfigMap>.Success(entity));
}
