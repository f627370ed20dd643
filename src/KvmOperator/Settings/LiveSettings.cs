using k8s.Models;
using KvmOperator.Planning.Migrations;
using KvmOperator.Planning.Relief;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Settings;

/// <summary>
/// The settings that stand in the ConfigMap <see cref="SettingsKeys.ConfigMap"/>, as the watch of it tells: a change counts from the next question on. Of what is no valid value the last valid
/// one goes on to count, and an event at the ConfigMap and the log say which key it is and why.
/// </summary>
internal sealed class LiveSettings(IEntityStore<V1ConfigMap> maps, OperatorSettings settings, IEventRecorder events, ILogger<LiveSettings> logger)
{
    /// <summary>The reason of the event about what is not taken.</summary>
    public const string Refused = "SettingRefused";

    private readonly Lock guard = new();
    private V1ConfigMap? read;
    private Values values = new([], [], [], [], new Dictionary<string, FailoverPolicy>(StringComparer.Ordinal));

    /// <summary>The limits of moves in the cluster and in a pool.</summary>
    /// <param name="pool">The pool; null when it is not known.</param>
    public MigrationLimits Migrations(string? pool)
    {
        var current = Current().Numbers;
        return new MigrationLimits(
            Value(current, SettingsKeys.ParallelMigrationsPerCluster),
            pool is not null && current.TryGetValue(SettingsKeys.OfPool(pool, SettingsKeys.ParallelMigrationsPerCluster), out var inPool) ? inPool : null,
            OfPool(current, pool, SettingsKeys.ParallelOutboundMigrationsPerNode));
    }

    /// <summary>How long a move that the operator makes may take for each GiB of memory.</summary>
    /// <param name="pool">The guest's pool.</param>
    public TimeSpan CompletionTimeoutPerGiB(string pool) => TimeSpan.FromSeconds(OfPool(Current().Numbers, pool, SettingsKeys.CompletionTimeoutPerGiB));

    /// <summary>The networks, and bridges as <c>bridge:NAME</c>, on which guests of a namespace may be; null for all. Of what was never valid none is allowed: whoever wrote it wanted a limit.</summary>
    public IReadOnlyList<string>? NetworksOf(string ofNamespace)
    {
        var names = Current().Networks;
        return names.GetValueOrDefault(SettingsKeys.OfNamespace(ofNamespace, SettingsKeys.Networks)) ?? names.GetValueOrDefault(SettingsKeys.Networks);
    }

    /// <summary>What is done for hosts of a pool that have too much to do.</summary>
    /// <param name="pool">The pool.</param>
    public ReliefMode Relief(string pool)
    {
        var modes = Current().Modes;
        return modes.TryGetValue(SettingsKeys.OfPool(pool, SettingsKeys.Relief), out var own) ? own : modes.GetValueOrDefault(SettingsKeys.Relief, ReliefMode.Recommend);
    }

    /// <summary>The numbers by which hosts of a pool are relieved.</summary>
    /// <param name="pool">The pool.</param>
    public ReliefBudgets ReliefNumbers(string pool)
    {
        var budgets = Current().Budgets;
        return budgets.GetValueOrDefault(pool) ?? budgets.GetValueOrDefault(string.Empty, ReliefBudgets.Default);
    }

    /// <summary>What follows from the failure of a host of a pool.</summary>
    public FailoverPolicy Failover(string pool)
    {
        var policies = Current().Failover;
        return policies.GetValueOrDefault(pool) ?? policies.GetValueOrDefault(string.Empty) ?? FailoverPolicy.Off;
    }

    /// <summary>Reads what was changed, if anything was, and says what is not taken.</summary>
    public void Refresh() => Current();

    private Values Current()
    {
        var map = maps.Get(new EntityKey(settings.Namespace, SettingsKeys.ConfigMap));
        lock (guard)
        {
            if (!ReferenceEquals(map, read))
            {
                (read, values) = (map, Read(map));
            }

            return values;
        }
    }

    private Values Read(V1ConfigMap? map)
    {
        var valid = new Dictionary<string, int>(StringComparer.Ordinal);
        var networks = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var modes = new Dictionary<string, ReliefMode>(StringComparer.Ordinal);
        var refusals = new List<string>();
        var data = map?.Data is { } known ? new Dictionary<string, string>(known, StringComparer.Ordinal) : [];
        var (failover, unfit) = FailoverKeys.Read(data, values.Failover);
        refusals.AddRange(unfit);
        foreach (var (key, text) in data.Where(pair => !FailoverKeys.Is(pair.Key)))
        {
            if (SettingsKeys.IsNetworks(key))
            {
                var (names, why) = SettingsKeys.ReadNetworks(key, text);
                networks[key] = names ?? values.Networks.GetValueOrDefault(key) ?? [];
                refusals.AddRange(new[] { why }.OfType<string>());
                continue;
            }

            if (SettingsKeys.IsRelief(key))
            {
                var (mode, why) = SettingsKeys.ReadRelief(key, text);
                if ((mode ?? (values.Modes.TryGetValue(key, out var before) ? before : null)) is { } counts)
                {
                    modes[key] = counts;
                }

                refusals.AddRange(new[] { why }.OfType<string>());
                continue;
            }

            var (value, refusal) = SettingsKeys.Read(key, text);
            if (refusal is null)
            {
                valid[key] = value!.Value;
                continue;
            }

            refusals.Add(refusal);
            if (values.Numbers.TryGetValue(key, out var last))
            {
                valid[key] = last;
            }
        }

        var budgets = new Dictionary<string, ReliefBudgets>(StringComparer.Ordinal);
        foreach (var pool in valid.Keys.Select(SettingsKeys.PoolOf).OfType<string>().Append(string.Empty).Distinct(StringComparer.Ordinal))
        {
            var wanted = ReliefSettings.Budgets(key => OfPool(valid, pool, key));
            var problems = wanted.Problems();
            budgets[pool] = problems.Count == 0 ? wanted : values.Budgets.GetValueOrDefault(pool, ReliefBudgets.Default);
            refusals.AddRange(problems.Select(problem => $"relief{(pool.Length > 0 ? $" of the pool {pool}" : string.Empty)}: {problem}"));
        }

        if (refusals.Count > 0)
        {
            var message = $"{string.Join("; ", refusals.Order(StringComparer.Ordinal))}. What was valid before goes on to count. Correct the ConfigMap.";
            logger.LogWarning("{ConfigMap}: {Message}", SettingsKeys.ConfigMap, message);
            events.Publish(map!, Refused, message, EventType.Warning);
        }

        return new Values(valid, networks, modes, budgets, failover);
    }

    /// <summary>The value of a pool, or the one of all.</summary>
    private static int OfPool(Dictionary<string, int> current, string? pool, string key) =>
        pool is not null && current.TryGetValue(SettingsKeys.OfPool(pool, key), out var ofPool) ? ofPool : Value(current, key);

    private static int Value(Dictionary<string, int> current, string key) => current.TryGetValue(key, out var value) ? value : SettingsKeys.Defaults[key];

    /// <summary>What counts by its key.</summary>
    private sealed record Values(Dictionary<string, int> Numbers, Dictionary<string, IReadOnlyList<string>> Networks, Dictionary<string, ReliefMode> Modes, Dictionary<string, ReliefBudgets> Budgets, IReadOnlyDictionary<string, FailoverPolicy> Failover);
}
