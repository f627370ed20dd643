using System.Net;
using System.Text.Json.Nodes;
using KvmOperator.ApiTests.Cluster;
using Xunit;

namespace KvmOperator.ApiTests.Charts;

/// <summary>What the chart makes is what an API server takes: nothing is refused, and no field is unknown to it.</summary>
public sealed class ChartObjectTests(ClusterFixture cluster) : IClassFixture<InstalledChart>
{
    /// <summary>Nearly everything that can be said, but for what an old server does not know (hostUsers) and what needs other definitions (ServiceMonitor, PrometheusRule).</summary>
    private const string Everything =
        """
        fullnameOverride: another
        replicas: 3
        commonLabels: {team: platform}
        imagePullSecrets: [registry]
        rbac: {aggregateToDefaultRoles: true}
        guestSecrets: {namespaces: [default]}
        settings: {networks: [default, "bridge:br0"], pools: {edge: {parallelMigrationsPerCluster: 1}}}
        tracing: {endpoint: "http://collector:4317"}
        networkPolicy:
          enabled: true
          apiServer: [10.0.0.1/32]
          hosts: [192.0.2.0/24, "2001:db8::/64"]
          nameServers: [10.96.0.10/32]
          monitoringFrom: [{namespaceSelector: {matchLabels: {name: monitoring}}}]
          extraEgress: [{to: [{podSelector: {}}]}]
        hostNetwork: true
        nodeSelector: {role: management}
        tolerations: [{operator: Exists}]
        topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {a: b}}}]
        priorityClassName: system-cluster-critical
        podAnnotations: {a: b}
        podLabels: {c: d}
        extraEnv: [{name: A, value: b}]
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("guestSecrets: {everywhere: true}\nfullnameOverride: everywhere")]
    [InlineData(Everything)]
    public async Task An_API_server_takes_every_object_and_knows_every_field(string values)
    {
        var objects = await InstalledChart.RenderAsync(cluster, values, Token);

        Assert.NotEmpty(objects);
        foreach (var item in objects)
        {
            var (status, answer) = await InstalledChart.CreateAsync(cluster, item, "?dryRun=All", Token);

            // What is there already is found out after it was checked.
            Assert.True(status is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{item["kind"]} {HelmChart.NameOf(item)}: {answer["message"]}");
            if (status == HttpStatusCode.Created)
            {
                // A server drops what it does not know.
                Assert.Empty(Missing(item, answer, (string)item["kind"]!));
            }
        }
    }

    private static IEnumerable<string> Missing(JsonNode? sent, JsonNode? kept, string path) => (sent, kept) switch
    {
        (null, _) or (JsonObject { Count: 0 }, _) or (JsonArray { Count: 0 }, _) => [],
        (JsonObject map, JsonObject other) => map.SelectMany(pair => Missing(pair.Value, other[pair.Key], $"{path}.{pair.Key}")),
        (JsonArray items, JsonArray others) when items.Count == others.Count => items.Zip(others).SelectMany((pair, index) => Missing(pair.First, pair.Second, $"{path}[{index}]")),
        (JsonValue, JsonValue) => [],
        _ => [path],
    };
}
