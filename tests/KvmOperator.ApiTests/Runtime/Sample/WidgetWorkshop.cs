using System.Collections.Concurrent;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Status;

namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>What the sample controller does, and what it saw: tests set the one and look at the other.</summary>
public sealed class WidgetWorkshop
{
    private readonly ConcurrentDictionary<EntityKey, int> underWay = new();
    private int overlaps;

    /// <summary>What a pass does; by default nothing.</summary>
    public Func<Widget, StatusWriter<Widget>, CancellationToken, Task<ReconciliationResult<Widget>>> Work { get; set; } =
        (widget, _, _) => Task.FromResult(ReconciliationResult<Widget>.Success(widget));

    /// <summary>What finalizing does; by default nothing.</summary>
    public Func<Widget, CancellationToken, Task<ReconciliationResult<Widget>>> Finalize { get; set; } =
        (widget, _) => Task.FromResult(ReconciliationResult<Widget>.Success(widget));

    /// <summary>Every widget that was passed, in order.</summary>
    public ConcurrentQueue<Widget> Passes { get; } = new();

    /// <summary>Every widget that was gone, in order.</summary>
    public ConcurrentQueue<Widget> Deleted { get; } = new();

    /// <summary>Every widget that was finalized, in order.</summary>
    public ConcurrentQueue<Widget> Finalized { get; } = new();

    /// <summary>How often two workers had the same widget at once.</summary>
    public int Overlaps => overlaps;

    /// <summary>How many passes a widget had.</summary>
    public int PassesOf(string name) => Passes.Count(widget => widget.Metadata.Name == name);

    /// <summary>A <see cref="Work"/> that brings the status in line with the spec.</summary>
    public static async Task<ReconciliationResult<Widget>> CopySizeAsync(Widget widget, StatusWriter<Widget> status, CancellationToken cancellationToken)
    {
        widget.Status ??= new WidgetStatus();
        widget.Status.Size = widget.Spec.Size;
        await status.WriteAsync(widget, cancellationToken);
        return ReconciliationResult<Widget>.Success(widget);
    }

    internal async Task<ReconciliationResult<Widget>> PassAsync(Widget widget, StatusWriter<Widget> status, CancellationToken cancellationToken)
    {
        var key = EntityKey.Of(widget);
        if (underWay.AddOrUpdate(key, 1, (_, count) => count + 1) > 1)
        {
            Interlocked.Increment(ref overlaps);
        }

        try
        {
            Passes.Enqueue(widget);
            return await Work(widget, status, cancellationToken);
        }
        finally
        {
            underWay.AddOrUpdate(key, 0, (_, count) => count - 1);
        }
    }
}
