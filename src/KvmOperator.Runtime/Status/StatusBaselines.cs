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
    private readonly ConditionalWeakTable<object, Beginning> beginnings = [];

    /// <summary>A private copy whose beginning is remembered as long as the copy lives.</summary>
    /// <param name="stored">The shared object.</param>
    /// <param name="writer">For whom: what is written to it is no news there. Null for nobody who listens.</param>
    public TEntity PrivateCopyOf<TEntity>(TEntity stored, object? writer = null)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var copy = stored.Copy();

        // Most passes write nothing and never ask.
        beginnings.Add(copy, new Beginning(writer, new Lazy<StatusBaseline>(() => StatusBaseline.Of(StatusOf(stored)))));
        return copy;
    }

    /// <summary>The status that a copy began with, or was last written with; null for an object that is no such copy.</summary>
    public StatusBaseline? BeginningOf<TEntity>(TEntity copy)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        beginnings.TryGetValue(copy, out var beginning) ? beginning.Status.Value : null;

    /// <summary>For whom a copy was made; null for an object that is no such copy.</summary>
    public object? WriterOf<TEntity>(TEntity copy)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        beginnings.TryGetValue(copy, out var beginning) ? beginning.Writer : null;

    /// <summary>From now on changes of a copy count from this status.</summary>
    public void Advance<TEntity>(TEntity copy, StatusBaseline baseline)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        beginnings.AddOrUpdate(copy, new Beginning(WriterOf(copy), new Lazy<StatusBaseline>(baseline)));

    /// <summary>The status of an object as JSON; empty when it has none.</summary>
    public static JsonObject StatusOf<TEntity>(TEntity entity)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        JsonNode.Parse(KubernetesJson.Serialize(entity))?["status"]?.DeepClone() as JsonObject ?? [];

    private sealed record Beginning(object? Writer, Lazy<StatusBaseline> Status);
}
