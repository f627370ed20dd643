using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Queue;
using Prometheus;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>What one controller and its queue tell about themselves.</summary>
internal sealed class ControllerMetrics(RuntimeMetrics metrics, string name) : IWorkQueueObserver
{
    private readonly Gauge.Child depth = metrics.QueueDepth.WithLabels(name, name);
    private readonly Counter.Child adds = metrics.QueueAdds.WithLabels(name, name);
    private readonly Counter.Child retries = metrics.QueueRetries.WithLabels(name, name);
    private readonly Histogram.Child waiting = metrics.QueueTime.WithLabels(name, name);
    private readonly Histogram.Child working = metrics.WorkTime.WithLabels(name, name);
    private readonly Gauge.Child active = metrics.ActiveWorkers.WithLabels(name);
    private readonly Histogram.Child passes = metrics.ReconcileTime.WithLabels(name);
    private readonly Counter.Child errors = metrics.ReconcileErrors.WithLabels(name);
    private readonly Counter.Child timeouts = metrics.ReconcileTimeouts.WithLabels(name);
    private readonly Counter.Child failed = metrics.Reconciles.WithLabels(name, "error");
    private readonly Counter.Child succeeded = metrics.Reconciles.WithLabels(name, "success");
    private readonly Counter.Child comesBack = metrics.Reconciles.WithLabels(name, "requeue_after");

    public void Added(int depth)
    {
        this.depth.Set(depth);
        adds.Inc();
    }

    public void Taken(TimeSpan waited, int depth)
    {
        this.depth.Set(depth);
        waiting.Observe(waited.TotalSeconds);
    }

    public void Done(TimeSpan worked) => working.Observe(worked.TotalSeconds);

    public void Retried() => retries.Inc();

    public void Started() => active.Inc();

    public void Ended(PassOutcome outcome, TimeSpan took)
    {
        active.Dec();
        passes.Observe(took.TotalSeconds);
        switch (outcome)
        {
            case PassOutcome.CutOff:
                timeouts.Inc();
                errors.Inc();
                failed.Inc();
                break;
            case PassOutcome.Failed:
                errors.Inc();
                failed.Inc();
                break;
            case PassOutcome.Aborted:
                break;
            case PassOutcome.Succeeded { After: not null }:
                comesBack.Inc();
                break;
            default:
                succeeded.Inc();
                break;
        }
    }

    /// <summary>Reads the work under way whenever metrics are read.</summary>
    public void Observe(Func<IReadOnlyCollection<TimeSpan>> runningFor) => metrics.BeforeCollect(() =>
    {
        var running = runningFor();
        metrics.UnfinishedWork.WithLabels(name, name).Set(running.Sum(span => span.TotalSeconds));
        metrics.LongestRunning.WithLabels(name, name).Set(running.Select(span => span.TotalSeconds).DefaultIfEmpty(0).Max());
    });
}
