using System.Text.Json.Nodes;
using KvmOperator.Settings;
using Xunit;

namespace KvmOperator.UnitTests.Charts;

/// <summary>What the chart writes into the ConfigMap of settings is what the operator reads there.</summary>
public sealed class ChartSettingsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void There_is_a_value_for_each_setting_and_no_other()
    {
        var settings = JsonNode.Parse(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.schema.json")))!["properties"]!["settings"]!["properties"]!;

        Assert.Equal(
            SettingsKeys.Defaults.Keys.Append(SettingsKeys.Networks).Append(SettingsKeys.Relief).Order(StringComparer.Ordinal),
            settings.AsObject().Select(pair => pair.Key).Except(["pools", "namespaces"]).Order(StringComparer.Ordinal));
        Assert.Equal(
            SettingsKeys.Defaults.Keys.Append(SettingsKeys.Relief).Order(StringComparer.Ordinal),
            settings["pools"]!["additionalProperties"]!["properties"]!.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Equal([SettingsKeys.Networks], settings["namespaces"]!["additionalProperties"]!["properties"]!.AsObject().Select(pair => pair.Key));
    }

    [Fact]
    public async Task By_default_they_are_what_counts_without_any()
    {
        var map = (await HelmChart.RenderAsync(string.Empty, Token)).Only("ConfigMap");

        Assert.Equal(SettingsKeys.ConfigMap, HelmChart.NameOf(map));
        Assert.Equal(
            SettingsKeys.Defaults.Select(pair => (pair.Key, (int?)pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal),
            map["data"]!.AsObject().Where(pair => !SettingsKeys.IsRelief(pair.Key)).Select(pair => (pair.Key, SettingsKeys.Read(pair.Key, (string)pair.Value!).Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.Equal(nameof(ReliefMode.Recommend), (string?)map["data"]![SettingsKeys.Relief]);
    }

    [Fact]
    public async Task Everything_that_can_be_said_there_is_taken()
    {
        var data = (await HelmChart.RenderAsync(
            """
            settings:
              parallelMigrationsPerCluster: 1000
              parallelOutboundMigrationsPerNode: 1
              networks: [default, "bridge:br0.100"]
              pools: {edge: {parallelMigrationsPerCluster: 7, parallelOutboundMigrationsPerNode: 3, relief: "Off"}}
              namespaces: {team-a: {networks: ["bridge:br1"]}, team-b: {networks: []}}
            """,
            Token)).Only("ConfigMap")["data"]!.AsObject().ToDictionary(pair => pair.Key, pair => (string)pair.Value!);

        var names = data.Where(pair => SettingsKeys.IsNetworks(pair.Key)).ToDictionary(pair => pair.Key, pair => SettingsKeys.ReadNetworks(pair.Key, pair.Value));
        Assert.Equal(ReliefMode.Off, SettingsKeys.ReadRelief("edge", data[SettingsKeys.OfPool("edge", SettingsKeys.Relief)]).Mode);
        var numbers = data.Where(pair => !SettingsKeys.IsNetworks(pair.Key) && !SettingsKeys.IsRelief(pair.Key)).ToDictionary(pair => pair.Key, pair => SettingsKeys.Read(pair.Key, pair.Value));
        Assert.All(names, pair => Assert.Null(pair.Value.Refusal));
        Assert.All(numbers, pair => Assert.Null(pair.Value.Refusal));
        Assert.Equal(["default", "bridge:br0.100"], names[SettingsKeys.Networks].Names);
        Assert.Equal(["bridge:br1"], names[SettingsKeys.OfNamespace("team-a", SettingsKeys.Networks)].Names);
        Assert.Empty(names[SettingsKeys.OfNamespace("team-b", SettingsKeys.Networks)].Names!);
        Assert.Equal(7, numbers[SettingsKeys.OfPool("edge", SettingsKeys.ParallelMigrationsPerCluster)].Value);
        Assert.Equal(3, numbers[SettingsKeys.OfPool("edge", SettingsKeys.ParallelOutboundMigrationsPerNode)].Value);
        Assert.Equal(1000, numbers[SettingsKeys.ParallelMigrationsPerCluster].Value);
    }
}
