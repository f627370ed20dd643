using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace KvmOperator.UnitTests.Charts;

/// <summary>Whoever sets a value finds out what it means, and is told when it means nothing.</summary>
public sealed partial class ChartValuesTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly JsonNode Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.schema.json")))!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_value_is_described_above_it_and_in_the_schema_by_the_same_words()
    {
        var written = Descriptions();
        var leaves = Leaves(Assert.Single(YamlDocuments.Read(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.yaml")))), string.Empty).ToList();

        Assert.All(leaves, leaf => Assert.True(written.ContainsKey(leaf), $"values.yaml says nothing of {leaf}: write a line '# -- …' above it"));
        Assert.All(written, pair => Assert.Equal(pair.Value, (string?)Described(pair.Key)?["description"]));
    }

    [Fact]
    public void The_schema_has_no_value_that_there_is_not()
    {
        var leaves = Leaves(Assert.Single(YamlDocuments.Read(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.yaml")))), string.Empty).ToHashSet(StringComparer.Ordinal);

        Assert.All(SchemaLeaves(Schema, string.Empty).Where(leaf => leaf != "global"), leaf => Assert.Contains(leaf, leaves));
    }

    [Theory]
    [InlineData("replica: 3", "replica")]
    [InlineData("image: {tag: latest}", "image/tag")]
    [InlineData("image: {digest: abc}", "image/digest")]
    [InlineData("replicas: -1", "replicas")]
    [InlineData("crds: {enabled: 'yes'}", "crds/enabled")]
    [InlineData("guestSecrets: {namespaces: ['*']}", "guestSecrets/namespaces")]
    [InlineData("serviceAccount: {create: false}", "serviceAccount/name")]
    [InlineData("settings: {parallelMigrationsPerCluster: 0}", "parallelMigrationsPerCluster")]
    [InlineData("settings: {parallelMigrationsPerCluster: 1001}", "parallelMigrationsPerCluster")]
    [InlineData("settings: {parallelMigrations: 5}", "parallelMigrations")]
    [InlineData("settings: {networks: 'default'}", "networks")]
    [InlineData("settings: {networks: ['br 0']}", "networks")]
    [InlineData("settings: {pools: {edge.one: {parallelMigrationsPerCluster: 1}}}", "edge.one")]
    [InlineData("settings: {pools: {edge: {networks: [default]}}}", "networks")]
    [InlineData("settings: {namespaces: {team: {networks: null}}}", "namespaces")]
    [InlineData("log: {level: Verbose}", "log/level")]
    [InlineData("monitoring: {port: 80}", "monitoring/port")]
    [InlineData("monitoring: {serviceMonitor: {renderMode: maybe}}", "renderMode")]
    [InlineData("networkPolicy: {enabled: true}", "networkPolicy")]
    [InlineData("networkPolicy: {enabled: true, apiServer: [10.0.0.1/32]}", "networkPolicy/hosts")]
    [InlineData("networkPolicy: {hosts: [192.0.2.1]}", "networkPolicy/hosts")]
    [InlineData("networkPolicy: {hosts: [192.0.2.0/33]}", "networkPolicy/hosts")]
    [InlineData("terminationGracePeriodSeconds: 10", "terminationGracePeriodSeconds")]
    public async Task A_value_that_makes_no_sense_is_refused_by_its_name(string values, string named)
    {
        var refused = await HelmChart.TryRenderAsync(values, Token);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("values don't meet the specifications of the schema", refused.Error, StringComparison.Ordinal);
        Assert.Contains(named, refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("global: {anything: {at: all}}")]
    [InlineData("replicas: 0")]
    [InlineData("image: {digest: '" + Digest + "'}")]
    [InlineData("resources: {limits: {memory: 1Gi, ephemeral-storage: 1Gi}}")]
    [InlineData("podSecurityContext: {runAsUser: 1000, fsGroup: 1000}")]
    [InlineData("probes: {liveness: {successThreshold: 1}}")]
    [InlineData("serviceAccount: {create: false, name: mine}")]
    [InlineData("settings: {networks: [], pools: {edge: {parallelMigrationsPerCluster: 1}}}")]
    public async Task What_makes_sense_is_taken(string values) => Assert.NotEmpty(await HelmChart.RenderAsync(values, Token));

    /// <summary>The comments <c># -- …</c> of values.yaml by the path of the value below.</summary>
    private static Dictionary<string, string> Descriptions()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var path = new List<string>();
        string? above = null;
        foreach (var line in File.ReadLines(Path.Combine(HelmChart.Folder, "values.yaml")))
        {
            if (line.TrimStart() is var text && text.StartsWith("# -- ", StringComparison.Ordinal))
            {
                above = text["# -- ".Length..];
            }
            else if (Key().Match(line) is { Success: true } key)
            {
                path.RemoveRange(key.Groups["indent"].Length / 2, path.Count - (key.Groups["indent"].Length / 2));
                path.Add(key.Groups["name"].Value);
                if (above is not null)
                {
                    found[string.Join('.', path)] = above;
                }

                above = null;
            }
        }

        return found;
    }

    private static IEnumerable<string> Leaves(JsonNode? node, string path) => node is JsonObject { Count: > 0 } map
        ? map.SelectMany(pair => Leaves(pair.Value, path.Length == 0 ? pair.Key : $"{path}.{pair.Key}"))
        : [path];

    private static JsonNode? Described(string path) => path.Split('.').Aggregate((JsonNode?)Schema, (node, key) => node?["properties"]?[key]);

    /// <summary>What stands in maps by names of the user's choice is none of these.</summary>
    private static IEnumerable<string> SchemaLeaves(JsonNode schema, string path) => schema["properties"] is JsonObject properties
        ? properties.SelectMany(pair => SchemaLeaves(pair.Value!, path.Length == 0 ? pair.Key : $"{path}.{pair.Key}"))
        : [path];

    [GeneratedRegex("^(?<indent> *)(?<name>[A-Za-z]+):", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();
}
