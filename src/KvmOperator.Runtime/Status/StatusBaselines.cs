using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Runtime.Status;

/// <summary>
/// Remembers the status that a private copy began with. What a controller changed is the difference to that, and not to what the server
/// holds by now: otherwise a newer field of somebody else would be set back.
/// </summary>
internal sealed class StatusBaselines
{
    // Most passes write nothing and never ask.
    private readonly ConditionalWeakTable<object, Lazy<StatusBaseline>> baselines = [];

    /// <summary>A private copy whose beginning is remembered as long as the copy lives.</summary>
    public TEntity PrivateCopyOf<TEntity>(TEntity stored)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var copy = stored.Copy();
        baselines.Add(copy, new Lazy<StatusBaseline>(() => StatusBaseline.Of(StatusOf(stored))));
        return copy;
    }

    /// <summary>The status that a copy began with, or was last written with; null for an object that is no such copy.</summary>
    public StatusBaseline? BeginningOf<TEntity>(TEntity copy)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        baselines.TryGetValue(copy, out var baseline) ? baseline.Value : null;

    /// <summary>From now on changes count from this status.</summary>
    public void Advance<TEntity>(TEntity copy, StatusBaseline baseline)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        baselines.AddOrUpdate(copy, new Lazy<StatusBaseline>(baseline));

    /// <summary>The status of an object as JSON; empty when it has none.</summary>
    public static JsonObject StatusOf<TEntity>(TEntity entity)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        JsonNode.Parse(KubernetesJson.Serialize(entity))?["status"]?.DeepClone() as JsonObject ?? [];
}
