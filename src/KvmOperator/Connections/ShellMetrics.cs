using Prometheus;

namespace KvmOperator.Connections;

/// <summary>What working on machines costs and how it ends, for dashboards and alerts.</summary>
internal sealed class ShellMetrics(IMetricFactory factory)
{
    private static readonly double[] Buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private readonly Histogram durations = factory.CreateHistogram(
        "kvm_operator_ssh_command_duration_seconds", "Length of the commands on a machine, the way there and back included", ["machine"], new HistogramConfiguration { Buckets = Buckets });

    private readonly Counter failures = factory.CreateCounter("kvm_operator_ssh_failures_total", "Commands whose end is not known, or that could not be sent", ["machine", "error"]);

    /// <summary>A command ended, well or not.</summary>
    public void Ended(string machine, TimeSpan duration) => durations.WithLabels(machine).Observe(duration.TotalSeconds);

    /// <summary>A command could not be sent, or its end is not known.</summary>
    public void Failed(string machine, Exception exception) => failures.WithLabels(machine, exception.GetType().Name.Replace("Exception", string.Empty, StringComparison.Ordinal)).Inc();

    /// <summary>The machine is gone, and so are its series.</summary>
    public void Forget(string machine)
    {
        durations.RemoveLabelled(machine);
        foreach (var labels in failures.GetAllLabelValues().Where(labels => labels[0] == machine).ToList())
        {
            failures.RemoveLabelled(labels);
        }
    }
}
