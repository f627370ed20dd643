using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KvmOperator.ApiTests.Cluster;
using Xunit;

namespace KvmOperator.ApiTests.CustomResourceDefinitions;

/// <summary>Objects that were stored under the oldest definitions are what they were under these, and can be written again.</summary>
public sealed class DefinitionUpgradeTests(ClusterFixture cluster)
{
    private static readonly string Older = Path.Combine(Repository.Root, "tests", "KvmOperator.UnitTests", "CustomResourceDefinitions", "Previous");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_of_each_kind_outlives_the_upgrade_and_is_taken_again_as_it_is()
    {
        var before = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        try
        {
            await InstallAsync(Older);
            foreach (var kind in SampleObjects.Kinds)
            {
                var (status, created) = await SendAsync(HttpMethod.Post, SampleObjects.CollectionOf(kind), SampleObjects.Valid(kind, "upgraded"));
                Assert.True(status == HttpStatusCode.Created, (string?)created["message"]);
                before[kind] = created;
            }

            await InstallAsync(InstalledDefinitions.Folder);

            foreach (var (kind, old) in before)
            {
                var (_, now) = await SendAsync(HttpMethod.Get, AddressOf(kind), null);
                Assert.Empty(Lost(old["spec"], now["spec"], "spec"));
                now["metadata"]!["labels"] = new JsonObject { ["touched"] = "yes" };
                var (status, written) = await SendAsync(HttpMethod.Put, AddressOf(kind), now);
                Assert.True(status == HttpStatusCode.OK, $"{kind}: {written["message"]}");
                Assert.Empty(Lost(old["spec"], written["spec"], "spec"));
            }
        }
        finally
        {
            await InstallAsync(InstalledDefinitions.Folder);
            foreach (var kind in before.Keys)
            {
                await SendAsync(HttpMethod.Delete, AddressOf(kind), null);
            }
        }
    }

    private static string AddressOf(string kind) => $"{SampleObjects.CollectionOf(kind)}/upgraded";

    /// <summary>What an object had and has no longer, or otherwise. What is new in it are defaults.</summary>
    private static IEnumerable<string> Lost(JsonNode? before, JsonNode? after, string path) => (before, after) switch
    {
        (JsonObject map, JsonObject other) => map.SelectMany(pair => Lost(pair.Value, other[pair.Key], $"{path}.{pair.Key}")),
        (JsonArray items, JsonArray others) when items.Count == others.Count => items.Zip(others).SelectMany((pair, index) => Lost(pair.First, pair.Second, $"{path}[{index}]")),
        _ => JsonNode.DeepEquals(before, after) ? [] : [path],
    };

    private Task InstallAsync(string folder) => cluster.ApplyCustomResourceDefinitionsAsync([.. Directory.GetFiles(folder, "*.yaml").Select(File.ReadAllText)], Token);

    private async Task<(HttpStatusCode Status, JsonObject Answer)> SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using var content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await cluster.SendAsync(method, path, content, Token);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!.AsObject());
    }
}
