using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>
/// Holds objects and takes merge patches of their status. Its watches say nothing of that, only what a test wants: what is seen else was known
/// without them.
/// </summary>
internal sealed class ObjectServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Lock guard = new();
    private readonly Dictionary<string, (string Collection, JsonObject Content)> objects = new(StringComparer.Ordinal);
    private readonly List<(string Collection, Stream Writer)> watches = [];
    private TaskCompletionSource watched = new(TaskCreationOptions.RunContinuationsAsynchronously);
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

    /// <summary>Says a line to everybody who watches the kind, once somebody does; with the next version unless the test names one.</summary>
    public async Task SayAsync<TEntity>(string type, TEntity entity, string? versionOf = null)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        entity.Metadata.Uid ??= entity.Name();
        entity.Metadata.ResourceVersion = versionOf ?? Interlocked.Increment(ref version).ToString(CultureInfo.InvariantCulture);
        await SayAsync<TEntity>($$"""{"type":"{{type}}","object":{{KubernetesJson.Serialize(entity)}} }""");
    }

    /// <summary>Says a line as it is to everybody who watches the kind, once somebody does: what was listed is known a moment before it is watched.</summary>
    public async Task SayAsync<TEntity>(string line)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var collection = ResourceType.Of<TEntity>().CollectionPath(null);
        foreach (var listener in await ListenersAsync(collection))
        {
            await listener.WriteAsync(Encoding.UTF8.GetBytes(line.ReplaceLineEndings("") + "\n"));
        }
    }

    /// <summary>Takes an object out, without a word.</summary>
    public void Remove<TEntity>(EntityKey key)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        lock (guard)
        {
            objects.Remove(ResourceType.Of<TEntity>().ObjectPath(key));
        }
    }

    /// <summary>How often a kind was listed.</summary>
    public int Lists { get; private set; }

    private async Task<IReadOnlyList<Stream>> ListenersAsync(string collection)
    {
        while (true)
        {
            Task another;
            lock (guard)
            {
                if (watches.Where(watch => watch.Collection == collection).Select(watch => watch.Writer).ToList() is { Count: > 0 } listeners)
                {
                    return listeners;
                }

                another = watched.Task;
            }

            await another.WaitAsync(Patience, TimeProvider.System);
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

    private Task<HttpResponseMessage> AnswerAsync(FakeApiRequest request, CancellationToken cancellationToken) => Task.FromResult(Answer(request));

    private HttpResponseMessage Answer(FakeApiRequest request)
    {
        lock (guard)
        {
            if (request.IsWatch)
            {
                var pipe = new Pipe();
                watches.Add((request.Path, pipe.Writer.AsStream()));
                watched.SetResult();
                watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };
            }

            if (request.Method == "GET" && !objects.ContainsKey(request.Path))
            {
                Lists++;
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
