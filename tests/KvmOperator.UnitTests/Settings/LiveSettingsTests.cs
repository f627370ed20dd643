using k8s;
using k8s.Models;
using KvmOperator.Planning.Migrations;
using KvmOperator.Planning.Relief;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Settings;

/// <summary>Settings are read while the operator runs, and nonsense does not count.</summary>
public sealed class LiveSettingsTests : IEventRecorder
{
    private readonly ObjectStore<V1ConfigMap> maps = new([]);
    private readonly List<string> events = [];
    private readonly LiveSettings settings;
    private int version;

    public LiveSettingsTests() => settings = new LiveSettings(maps, new OperatorSettings { Namespace = "operators" }, this, NullLogger<LiveSettings>.Instance);

    [Fact]
    public void Without_a_word_five_moves_run_in_all_and_two_out_of_a_host()
    {
        Assert.Equal(new MigrationLimits(5, null, 2), settings.Migrations("default"));
        Put(("parallelMigrationsPerCluster", "9"));
        Assert.Equal(new MigrationLimits(9, null, 2), settings.Migrations(null));
        Put();
        Assert.Equal(new MigrationLimits(5, null, 2), settings.Migrations("default"));
    }

    [Fact]
    public void A_pool_has_its_own_values_and_the_others_do_not()
    {
        Put(("parallelMigrationsPerCluster", "8"), ("pools.edge.parallelMigrationsPerCluster", "3"), ("pools.edge.parallelOutboundMigrationsPerNode", "1"), ("pools.edge.completionTimeoutPerGiB", "600"));

        Assert.Equal(new MigrationLimits(8, 3, 1), settings.Migrations("edge"));
        Assert.Equal(new MigrationLimits(8, null, 2), settings.Migrations("default"));
        Assert.Equal((TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(150)), (settings.CompletionTimeoutPerGiB("edge"), settings.CompletionTimeoutPerGiB("default")));
        Assert.Empty(events);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("many")]
    [InlineData("")]
    [InlineData("3.5")]
    public void Of_nonsense_the_last_good_value_goes_on_to_count_and_people_are_told_once_which_key_it_is_and_why(string nonsense)
    {
        Put(("parallelMigrationsPerCluster", "7"), ("parallelOutboundMigrationsPerNode", "3"));
        settings.Refresh();
        Put(("parallelMigrationsPerCluster", nonsense), ("parallelOutboundMigrationsPerNode", "4"));

        Assert.Equal(new MigrationLimits(7, null, 4), settings.Migrations("default"));
        Assert.Equal(new MigrationLimits(7, null, 4), settings.Migrations("default"));
        Assert.Equal(
            $"Warning SettingRefused: parallelMigrationsPerCluster: '{nonsense}' is no number from 1 to 1000. What was valid before goes on to count. Correct the ConfigMap.", Assert.Single(events));
    }

    [Fact]
    public void Networks_are_allowed_by_namespace_and_nonsense_allows_nothing_that_was_not()
    {
        Assert.Null(settings.NetworksOf("shop"));

        Put(("networks", "default"), ("namespaces.dmz.networks", "lan, bridge:br-dmz"));
        Assert.Equal(["default"], settings.NetworksOf("shop"));
        Assert.Equal(["lan", "bridge:br-dmz"], settings.NetworksOf("dmz"));

        Put(("namespaces.dmz.networks", "lan;br0"), ("namespaces.shop.networks", "*"));
        Assert.Equal(["lan", "bridge:br-dmz"], settings.NetworksOf("dmz"));
        Assert.Empty(settings.NetworksOf("shop")!);
        Assert.Null(settings.NetworksOf("other"));
        Assert.Contains("namespaces.dmz.networks: 'lan;br0' is no name of a network", Assert.Single(events), StringComparison.Ordinal);
    }

    [Fact]
    public void Relief_is_proposed_unless_it_is_switched_off_for_all_or_for_a_pool()
    {
        Assert.Equal(ReliefMode.Recommend, settings.Relief("default"));

        Put(("relief", "Off"), ("pools.edge.relief", "Recommend"));
        Assert.Equal((ReliefMode.Off, ReliefMode.Recommend), (settings.Relief("default"), settings.Relief("edge")));

        Put(("relief", "Automatic"), ("pools.edge.relief", "Recommend"));
        Assert.Equal((ReliefMode.Off, ReliefMode.Recommend), (settings.Relief("default"), settings.Relief("edge")));
        Assert.Contains("relief: 'Automatic' is neither Recommend nor Off", Assert.Single(events), StringComparison.Ordinal);
    }

    [Fact]
    public void The_numbers_of_relief_are_read_and_such_as_contradict_each_other_are_not_taken()
    {
        Assert.Equal(ReliefBudgets.Default, settings.ReliefNumbers("default"));
        Assert.Equal(ReliefBudgets.Default, ReliefSettings.Budgets(key => SettingsKeys.Defaults[key]));

        Put(("reliefHotUsePercent", "90"), ("pools.edge.reliefLeastGainPercent", "10"));
        Assert.Equal(ReliefBudgets.Default with { HotUse = 0.9 }, settings.ReliefNumbers("default"));
        Assert.Equal(ReliefBudgets.Default with { HotUse = 0.9, LeastGain = 0.1 }, settings.ReliefNumbers("edge"));

        Put(("reliefHotUsePercent", "60"), ("pools.edge.reliefHotUsePercent", "88"));
        Assert.Equal(0.9, settings.ReliefNumbers("default").HotUse);
        Assert.Equal(0.88, settings.ReliefNumbers("edge").HotUse);
        Assert.Contains("relief: targetUse, overload and hotUse must grow in this order", Assert.Single(events), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("namespaces.networks")]
    [InlineData("namespaces..networks")]
    [InlineData("parallelMigration")]
    [InlineData("pools.parallelMigrationsPerCluster")]
    [InlineData("pools..parallelMigrationsPerCluster")]
    public void A_key_that_there_is_not_is_told(string key)
    {
        Put((key, "3"));
        settings.Refresh();

        Assert.StartsWith($"Warning SettingRefused: {key}: there is no such setting.", Assert.Single(events), StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_map_of_another_name_or_namespace_does_not_count()
    {
        maps.Put(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = SettingsKeys.ConfigMap, NamespaceProperty = "others" }, Data = Data(("parallelMigrationsPerCluster", "9")) }, out _);

        Assert.Equal(5, settings.Migrations("default").InAll);
    }

    void IEventRecorder.Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type) => events.Add($"{type} {reason}: {message}");

    void IEventRecorder.Publish(V1ObjectReference regarding, string reason, string message, EventType type) => throw new NotSupportedException();

    private static Dictionary<string, string> Data(params (string Key, string Value)[] data) => data.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    private void Put(params (string Key, string Value)[] data) => maps.Put(
        new V1ConfigMap { Metadata = new V1ObjectMeta { Name = SettingsKeys.ConfigMap, NamespaceProperty = "operators", Uid = "settings", ResourceVersion = $"{++version}" }, Data = Data(data) }, out _);
}
