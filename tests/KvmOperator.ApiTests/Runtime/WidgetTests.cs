using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.Faults;
using KvmOperator.ApiTests.Runtime.Sample;
using KvmOperator.Runtime.Api;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>What every test with widgets needs: a namespace of its own, a client that is not the operator's, and a proxy to break.</summary>
public abstract class WidgetTests(ClusterFixture cluster) : IAsyncLifetime
{
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private EntityClient? client;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected ClusterFixture Cluster => cluster;

    /// <summary>The namespace of this test alone.</summary>
    protected string Namespace { get; } = $"widgets-{Guid.NewGuid():N}";

    /// <summary>Stands between the operator and the server.</summary>
    protected FaultProxy Proxy { get; private set; } = null!;

    /// <summary>Somebody else than the operator.</summary>
    protected EntityClient Somebody => client ??= new EntityClient(cluster.Client, TimeProvider.System);

    protected KubernetesClientConfiguration ThroughProxy => cluster.Configuration(Proxy.Address);

    public virtual async ValueTask InitializeAsync()
    {
        await cluster.ApplyCustomResourceDefinitionsAsync([Widget.Definition], Token);
        await cluster.Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = Namespace } }, cancellationToken: Token);
        Proxy = await FaultProxy.StartAsync(cluster.Configuration(), Token);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Proxy.DisposeAsync();
    }

    protected EntityKey Key(string name) => new(Namespace, name);

    protected Task<Widget> CreateAsync(string name, int size = 1, Action<Widget>? configure = null)
    {
        var widget = new Widget { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace }, Spec = new WidgetSpec { Size = size } };
        configure?.Invoke(widget);
        return Somebody.CreateAsync(widget, Token);
    }

    protected Task<Widget> ResizeAsync(string name, int size) =>
        PatchAsync(name, new JsonObject { ["spec"] = new JsonObject { ["size"] = size } });

    protected Task<Widget> PatchAsync(string name, JsonObject patch, string? subresource = null) =>
        Somebody.PatchAsync<Widget>(Key(name), PatchKind.Merge, patch, subresource, Token);

    protected async Task<Widget> ReadAsync(string name) =>
        await Somebody.GetAsync<Widget>(Key(name), Token) ?? throw new InvalidOperationException($"There is no widget {name}");

    /// <summary>The object as the server holds it, with all that the type does not know.</summary>
    protected async Task<JsonObject> ReadRawAsync(string name)
    {
        using var answer = await cluster.SendAsync(HttpMethod.Get, $"/apis/samples.example.com/v1/namespaces/{Namespace}/widgets/{name}", null, Token);
        return (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
    }

    /// <summary>From now until <see cref="FaultProxy.Heal"/> the operator hears of no change, though it can read and write.</summary>
    protected async Task DeafenAsync()
    {
        await EventuallyAsync(() => Proxy.OpenWatches > 0, "an open watch");
        Proxy.Answer(request => request.Query["watch"] == "true", System.Net.HttpStatusCode.ServiceUnavailable);
        Proxy.DropWatches();
    }

    protected static Task EventuallyAsync(Func<bool> condition, string awaited) => Eventually.IsTrueAsync(condition, awaited, Soon, Token);

    protected static Task EventuallyAsync(Func<Task<bool>> condition, string awaited) => Eventually.IsTrueAsync(condition, awaited, Soon, Token);
}
