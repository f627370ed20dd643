using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Holds objects and takes merge patches of their status. Its watches say nothing: what a test sees was known without them.</summary>
internal sealed class ObjectServer
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, (string Collection, JsonObject Content)> objects = new(StringComparer.Ordinal);
    private int version = 1;

    public FakeApiServer Server => new(AnswerAsync);

    /// <summary>Adds an object.</summary>
    public void Add<TEntity>(TEntity entity)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var type = ResourceType.Of<TEntity>();
        lock (guard)
        {
            entity.Metadata.Uid ??= entity.Name();
            entity.Metadata.ResourceVersion = (++version).ToString(CultureInfo.InvariantCulture);
            objects[type.ObjectPath(EntityKey.Of(entity))] = (type.CollectionPath(null), JsonNode.Parse(KubernetesJson.Serialize(entity))!.AsObject());
        }
    }

    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is JsonObject inner && into[name] is JsonObject there)
            {
                Merge(there, inner);
            }
            else
            {
                into[name] = value?.DeepClone();
            }
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(FakeApiRequest request, CancellationToken cancellationToken)
    {
        if (request.IsWatch)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        lock (guard)
        {
            if (request.Method == "GET" && !objects.ContainsKey(request.Path))
            {
                var items = new JsonArray([.. objects.Values.Where(known => known.Collection == request.Path).Select(known => known.Content.DeepClone())]);
                return FakeApiServer.Json($$"""{"metadata":{"resourceVersion":"{{version}}"},"items":{{items.ToJsonString()}} }""");
            }

            if (!objects.TryGetValue(request.Path.Replace("/status", "", StringComparison.Ordinal), out var known))
            {
                return FakeApiServer.Refused(HttpStatusCode.NotFound);
            }

            if (request.Method == "PATCH")
            {
                var patch = JsonNode.Parse(request.Body)!.AsObject();
                patch.Remove("metadata");
                Merge(known.Content, patch);
                known.Content["metadata"]!["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
            }

            return FakeApiServer.Json(known.Content.ToJsonString());
        }
    }
}
