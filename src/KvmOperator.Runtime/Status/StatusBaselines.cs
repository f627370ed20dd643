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
    private readonly ConditionalWeakTable<object, Baseline> baselines = [];

    /// <summary>A private copy whose beginning is remembered as long as the copy lives.</summary>
    public TEntity PrivateCopyOf<TEntity>(TEntity stored)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var copy = stored.Copy();
        baselines.Add(copy, new Baseline(() => StatusOf(stored)));
        return copy;
    }

    /// <summary>The status that a copy began with, or was last written with; null for an object that is no such copy.</summary>
    public JsonObject? BeginningOf<TEntity>(TEntity copy)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        baselines.TryGetValue(copy, out var baseline) ? baseline.Status.Value : null;

    /// <summary>From now on changes count from this status.</summary>
    public void Advance<TEntity>(TEntity copy, JsonObject status)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        baselines.AddOrUpdate(copy, new Baseline(() => status));

    /// <summary>The status of an object as JSON; empty when it has none.</summary>
    public static JsonObject StatusOf<TEntity>(TEntity entity)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        JsonNode.Parse(KubernetesJson.Serialize(entity))?["status"]?.DeepClone() as JsonObject ?? [];

    private sealed class Baseline(Func<JsonObject> status)
    {
        // Most passes write nothing and never ask.
        public Lazy<JsonObject> Status { get; } = new(status);
    }
}
