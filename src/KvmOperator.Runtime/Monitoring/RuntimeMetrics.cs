using Prometheus;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>The runtime's metrics, under the names of Go's controller-runtime and client-go so that existing dashboards and alerts work.</summary>
internal sealed class RuntimeMetrics(CollectorRegistry registry)
{
    private static readonly double[] ReconcileBuckets =
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60];

    private static readonly double[] RequestBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

    private readonly MetricFactory factory = Metrics.WithCustomRegistry(registry);

    public Counter Reconciles => Counter("controller_runtime_reconcile_total", "Passes over objects per controller", "controller", "result");

    public Counter ReconcileErrors => Counter("controller_runtime_reconcile_errors_total", "Failed passes per controller", "controller");

    public Counter ReconcileTimeouts => Counter("controller_runtime_reconcile_timeouts_total", "Passes per controller that took too long", "controller");

    public Histogram ReconcileTime => factory.CreateHistogram(
        "controller_runtime_reconcile_time_seconds", "Length of a pass per controller", ["controller"], new HistogramConfiguration { Buckets = ReconcileBuckets });

    public Gauge MaximumReconciles => Gauge("controller_runtime_max_concurrent_reconciles", "Workers per controller", "controller");

    public Gauge ActiveWorkers => Gauge("controller_runtime_active_workers", "Busy workers per controller", "controller");

    public Gauge QueueDepth => Gauge("workqueue_depth", "Keys that wait", "name", "controller");

    public Counter QueueAdds => Counter("workqueue_adds_total", "Keys that began to wait", "name", "controller");

    public Counter QueueRetries => Counter("workqueue_retries_total", "Keys that came back after a failure", "name", "controller");

    public Histogram QueueTime => Seconds("workqueue_queue_duration_seconds", "How long a key waited");

    public Histogram WorkTime => Seconds("workqueue_work_duration_seconds", "How long the work on a key took");

    public Gauge UnfinishedWork => Gauge("workqueue_unfinished_work_seconds", "Sum of the time that work under way has taken so far", "name", "controller");

    public Gauge LongestRunning => Gauge("workqueue_longest_running_processor_seconds", "The longest work under way", "name", "controller");

    public Gauge LeaderStatus => Gauge("leader_election_master_status", "Whether this process leads", "name");

    public Counter Requests => Counter("rest_client_requests_total", "Requests to the API server", "code", "method", "host");

    public Histogram RequestTime => factory.CreateHistogram(
        "rest_client_request_duration_seconds", "How long the API server took to answer; of a watch, to begin", ["verb", "host"], new HistogramConfiguration { Buckets = RequestBuckets });

    public Gauge Undecodable => Gauge("informer_undecodable_objects", "Objects that cannot be read and are left alone", "kind");

    public Counter DroppedEvents => factory.CreateCounter("event_recorder_dropped_total", "Events that were not written because there were too many");

    /// <summary>The metrics of one controller and its queue.</summary>
    public ControllerMetrics ForController(string name, int workers)
    {
        MaximumReconciles.WithLabels(name).Set(workers);
        return new ControllerMetrics(this, name);
    }

    /// <summary>Runs an action before metrics are read.</summary>
    public void BeforeCollect(Action action) => registry.AddBeforeCollectCallback(action);

    private Counter Counter(string name, string help, params string[] labels) => factory.CreateCounter(name, help, labels);

    private Gauge Gauge(string name, string help, params string[] labels) => factory.CreateGauge(name, help, labels);

    private Histogram Seconds(string name, string help) => factory.CreateHistogram(
        name, help, ["name", "controller"], new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1e-8, 10, 12) });
}
