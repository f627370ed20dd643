using Prometheus;

namespace KvmOperator.KvmHosts;

/// <summary>How often hosts are looked at, beside what they tell by themselves.</summary>
internal sealed class LookMetrics(IMetricFactory factory)
{
    private readonly Counter looks = factory.CreateCounter("kvm_operator_host_full_looks_total", "How often everything on a host was asked for, instead of being told", ["host"]);

    /// <summary>A host is looked at.</summary>
    public void Looked(string host) => looks.WithLabels(host).Inc();

    /// <summary>The host is gone, and so is its series.</summary>
    public void Forget(string host) => looks.RemoveLabelled(host);
}
