using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>Does nothing, and notes when.</summary>
internal sealed class ItemController(PassTimes times) : IEntityController<Item>
{
    public Task<ReconciliationResult<Item>> ReconcileAsync(Item entity, CancellationToken cancellationToken)
    {
        times.Note(EntityKey.Of(entity));
        return Task.FromResult(ReconciliationResult<Item>.Success(entity));
    }

    public Task<ReconciliationResult<Item>> DeletedAsync(Item entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<Item>.Success(entity));
}
