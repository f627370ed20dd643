using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Finalizers;

namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>A finalizer as a third party would write one; what it does is the test's.</summary>
public sealed class WidgetFinalizer(WidgetWorkshop workshop) : IEntityFinalizer<Widget>
{
    public const string Identifier = "samples.example.com/cleanup";

    public Task<ReconciliationResult<Widget>> FinalizeAsync(Widget entity, CancellationToken cancellationToken)
    {
        workshop.Finalized.Enqueue(entity);
        return workshop.Finalize(entity, cancellationToken);
    }
}
