using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Status;

namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>A controller as a third party would write one; what it does is the test's.</summary>
public sealed class WidgetController(WidgetWorkshop workshop, StatusWriter<Widget> status) : IEntityController<Widget>
{
    public Task<ReconciliationResult<Widget>> ReconcileAsync(Widget entity, CancellationToken cancellationToken) =>
        workshop.PassAsync(entity, status, cancellationToken);

    public Task<ReconciliationResult<Widget>> DeletedAsync(Widget entity, CancellationToken cancellationToken)
    {
        workshop.Deleted.Enqueue(entity);
        return Task.FromResult(ReconciliationResult<Widget>.Success(entity));
    }
}
