using k8s.Models;
using KvmOperator.Api.KvmHosts;
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
    public DateTime Now => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds()).UtcDateTime;

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
