using Prometheus;

namespace KvmOperator.Inventory.Observations;

/// <summary>How often hosts are looked at, beside what they tell by themselves.</summary>
internal sealed class LookMetrics(IMetricFactory factory)
{
    private const string Told = "told";
    private const string Look = "look";

    private readonly Counter looks = factory.CreateCounter("kvm_operator_host_full_looks_total", "How often everything on a host was asked for, instead of being told", ["host"]);

    private readonly Counter changes = factory.CreateCounter(
        "kvm_operator_guest_changes_total", "Guests that came, went or changed their state on a host, by how that was learned: told by the host, or found by a look", ["host", "source"]);

    /// <summary>A host is looked at.</summary>
    public void Looked(string host) => looks.WithLabels(host).Inc();

    /// <summary>Something about a guest of ours changed there.</summary>
    public void Changed(string host, bool isTold) => changes.WithLabels(host, isTold ? Told : Look).Inc();

    /// <summary>The host is gone, and so are its series.</summary>
    public void Forget(string host)
    {
        looks.RemoveLabelled(host);
        changes.RemoveLabelled(host, Told);
        changes.RemoveLabelled(host, Look);
    }
}
