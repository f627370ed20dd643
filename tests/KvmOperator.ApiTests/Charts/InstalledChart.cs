using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.CustomResourceDefinitions;
using Xunit;

namespace KvmOperator.ApiTests.Charts;

/// <summary>
/// What the chart makes of its default values, applied to the API server but for the definitions, which stand on another one here (<see cref="InstalledDefinitions"/>). There are no nodes: the
/// Deployment stays an object.
/// </summary>
public sealed class InstalledChart(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly InstalledDefinitions definitions = new(cluster);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        await definitions.InitializeAsync();
        await ApplyAsync(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = HelmChart.Namespace } }, token);
        foreach (var item in await RenderAsync(cluster, string.Empty, token))
        {
            await ApplyAsync(item, token);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The objects for this cluster's version, without the definitions.</summary>
    internal static async Task<IReadOnlyList<JsonObject>> RenderAsync(ClusterFixture cluster, string values, CancellationToken cancellationToken)
    {
        using var answer = await cluster.SendAsync(HttpMethod.Get, "/version", null, cancellationToken);
        var version = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!["gitVersion"]!;
        return await HelmChart.RenderAsync(values, cancellationToken, "--kube-version", version, "--set", "crds.enabled=false");
    }

    /// <summary>Where an object is created.</summary>
    internal static string CollectionOf(JsonObject item)
    {
        var version = (string)item["apiVersion"]!;
        var kind = (string)item["kind"]!;
        var plural = kind.EndsWith('y') ? $"{kind[..^1]}ies" : $"{kind}s";
        var inNamespace = item["metadata"]!["namespace"] is { } name ? $"namespaces/{name}/" : string.Empty;
        return $"/{(version.Contains('/', StringComparison.Ordinal) ? "apis" : "api")}/{version}/{inNamespace}{plural.ToLowerInvariant()}";
    }

    /// <summary>Creates an object, or only has it checked.</summary>
    internal static async Task<(HttpStatusCode Status, JsonObject Answer)> CreateAsync(ClusterFixture cluster, JsonObject item, string query, CancellationToken cancellationToken)
    {
        using var content = new StringContent(item.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await cluster.SendAsync(HttpMethod.Post, CollectionOf(item) + query, content, cancellationToken);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!.AsObject());
    }

    private async Task ApplyAsync(JsonObject item, CancellationToken cancellationToken)
    {
        var (status, answer) = await CreateAsync(cluster, item, string.Empty, cancellationToken);
        Assert.True(status is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{item["kind"]} {HelmChart.NameOf(item)}: {answer["message"]}");
    }
}
