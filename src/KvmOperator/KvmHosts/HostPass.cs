using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Observations;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts;

/// <summary>One pass over a host: what is known of it so far, what is said of it, and what was said before.</summary>
internal sealed class HostPass(KvmHost host, TimeProvider clock)
{
    private readonly IReadOnlyList<V1Condition> before = host.Status?.Conditions ?? [];

    /// <summary>The host.</summary>
    public KvmHost Host => host;

    /// <summary>Its name.</summary>
    public string Name => host.Name();

    /// <summary>What is to be written, but for the conditions.</summary>
    public KvmHostStatus Status { get; set; } = host.Status ?? new KvmHostStatus();

    /// <summary>What is said in this pass.</summary>
    public ConditionList Conditions { get; } = new(host.Status?.Conditions ?? [], KvmHostConditions.All, host.Metadata.Generation, clock);

    /// <summary>The time in whole seconds, as the API keeps it.</summary>
    public DateTime Now => clock.GetStatusTime();

    /// <summary>Keeps what a look at the host told, and says that it answers.</summary>
    /// <param name="seen">The look.</param>
    /// <param name="cpuPercent">Its use since the look before; null when that is not known.</param>
    /// <param name="hosts">How many hosts there are in all.</param>
    /// <returns>Whether the machine was started anew since it was seen last.</returns>
    public bool Answered(HostObservation seen, int? cpuPercent, int hosts)
    {
        var restarted = HostStatuses.IsRestarted(Status, seen);
        Conditions.True(KvmHostConditions.Reachable, CommonReasons.AsExpected, $"answers by SSH as {host.Spec.Ssh.User}");
        Status = HostStatuses.Alive(Status, HostStatuses.Observed(HostSilence.Ended(Status), host.Spec, seen, cpuPercent), hosts, Now);
        return restarted;
    }

    /// <summary>Keeps whether the machine is silent, or on in spite of what went wrong.</summary>
    public void Failed(Exception failure) =>
        Status = HostSilence.IsSilent(failure) ? HostSilence.Begun(Status, Now) : HostSilence.IsAlive(failure) ? HostSilence.Ended(Status) : Status;

    /// <summary>A condition as it was said before this pass; null when it never was.</summary>
    public V1Condition? Before(string type) => before.FirstOrDefault(old => old.Type == type);

    /// <summary>Whether a condition was not said in the same words before this pass. Only news are worth an event.</summary>
    public bool IsNews(string type) =>
        Conditions.Find(type) is { } now && !before.Any(old => old.Type == type && old.Status == now.Status && old.Reason == now.Reason && old.Message == now.Message);

    /// <summary>The host with its status as it is to be written.</summary>
    public KvmHost In(string phase)
    {
        Status = Status with { ObservedGeneration = host.Metadata.Generation, Phase = phase, Conditions = Conditions.ToList() };
        host.Status = Status;
        return host;
    }
}
