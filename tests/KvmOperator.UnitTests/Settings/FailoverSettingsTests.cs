using k8s;
using k8s.Models;
using KvmOperator.Planning.Failover;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Settings;

/// <summary>Failover is off unless somebody armed it in words that hold; who switches it off for a while is believed, whatever he wrote.</summary>
public sealed class FailoverSettingsTests : IEventRecorder
{
    private readonly ObjectStore<V1ConfigMap> maps = new([]);
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> events = [];
    private readonly LiveSettings settings;
    private readonly FailoverDisarm disarm;
    private int version;

    public FailoverSettingsTests()
    {
        var of = new OperatorSettings { Namespace = "operators" };
        (settings, disarm) = (new LiveSettings(maps, of, this, NullLogger<LiveSettings>.Instance), new FailoverDisarm(maps, of, clock));
    }

    [Fact]
    public void Without_a_word_it_is_off()
    {
        Assert.Equal(FailoverPolicy.Off, settings.Failover("default"));
        Put(SettingsKeys.ConfigMap, ("parallelMigrationsPerCluster", "9"));
        Assert.False(settings.Failover("default").IsArmed);
    }

    [Fact]
    public void It_is_armed_for_all_or_for_one_pool_with_its_own_budgets()
    {
        Put(SettingsKeys.ConfigMap, ("failover", "Armed"), ("pools.edge.failoverProfile", "Patient"), ("pools.edge.failoverStableSeconds", "120"), ("pools.test.failover", "Off"));

        Assert.Equal(new FailoverPolicy(true, FailoverBudgets.Default), settings.Failover("default"));
        Assert.Equal(new FailoverPolicy(true, FailoverBudgets.Patient with { Stable = TimeSpan.FromMinutes(2) }), settings.Failover("edge"));
        Assert.False(settings.Failover("test").IsArmed);
        Assert.Empty(events);
    }

    [Theory]
    [InlineData("failover", "armed", "failover: 'armed' is neither Off nor Armed")]
    [InlineData("failoverProfile", "Hasty", "failoverProfile: 'Hasty' is neither Default nor Patient")]
    [InlineData("failoverFailedSeconds", "ten", "failoverFailedSeconds: 'ten' is no number from 1 to 86400")]
    [InlineData("failoverFailedSeconds", "5", "failed must be at least 7 s")]
    [InlineData("pools.default.failoverBlindSeconds", "2", "pools.default.failover: blind must be at least failed")]
    public void Of_what_does_not_hold_the_last_good_words_go_on_to_count(string key, string value, string told)
    {
        Put(SettingsKeys.ConfigMap, ("failover", "Armed"));
        Assert.True(settings.Failover("default").IsArmed);

        Put(SettingsKeys.ConfigMap, (key, value));
        Assert.Equal(new FailoverPolicy(true, FailoverBudgets.Default), settings.Failover("default"));
        Assert.Contains(told, Assert.Single(events), StringComparison.Ordinal);
    }

    [Fact]
    public void Words_that_never_held_arm_nothing()
    {
        Put(SettingsKeys.ConfigMap, ("failover", "Armed"), ("failoverFailedSeconds", "5"));

        Assert.False(settings.Failover("default").IsArmed);
        Assert.Single(events);
    }

    [Fact]
    public void It_is_switched_off_for_all_or_for_one_pool_until_its_end()
    {
        Put(FailoverDisarm.ConfigMap, ("pools.edge.until", "2026-01-01T13:00:00Z"), ("pools.edge.reason", "new switch"));
        Assert.Null(disarm.Of("default"));
        Assert.Equal(("new switch", TimeSpan.FromHours(1)), (disarm.Of("edge")!.Reason, disarm.Of("edge")!.Remaining));

        Put(FailoverDisarm.ConfigMap, ("until", "2026-01-01T13:00:00Z"), ("reason", "all day"));
        Assert.NotNull(disarm.Of("default"));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(disarm.Of("default"));
    }

    [Theory]
    [InlineData("soon", "work")]
    [InlineData(null, "work")]
    [InlineData("2026-01-01T13:00:00Z", null)]
    [InlineData("2026-01-01T13:00:00Z", " ")]
    [InlineData("2026-01-09T13:00:00Z", "work")]
    public void What_cannot_be_understood_switches_it_off_and_says_so(string? until, string? reason)
    {
        Put(FailoverDisarm.ConfigMap, [.. new[] { (Key: "until", Value: until), (Key: "reason", Value: reason) }.Where(pair => pair.Value is not null).Select(pair => (pair.Key, pair.Value!))]);

        Assert.Contains(FailoverDisarm.ConfigMap, disarm.Of("default")!.Reason, StringComparison.Ordinal);
    }

    void IEventRecorder.Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type) => events.Add($"{type} {reason}: {message}");

    void IEventRecorder.Publish(V1ObjectReference regarding, string reason, string message, EventType type) => throw new NotSupportedException();

    private void Put(string name, params (string Key, string Value)[] data) => maps.Put(
        new V1ConfigMap
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "operators", Uid = name, ResourceVersion = $"{++version}" },
            Data = data.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal),
        },
        out _);
}
