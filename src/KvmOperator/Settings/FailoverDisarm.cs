using System.Globalization;
using k8s.Models;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Settings;

/// <summary>
/// Whether a person switched failover off for a while, for all pools (<c>until</c>, <c>reason</c>) or for one (<c>pools.NAME.until</c>, <c>pools.NAME.reason</c>), in a ConfigMap of its own: settings are Git's, and this is not.
/// It ends by itself within a day. What cannot be understood holds failover back and is told: whoever wrote it wanted that.
/// </summary>
internal sealed class FailoverDisarm(IEntityStore<V1ConfigMap> maps, OperatorSettings settings, TimeProvider clock)
{
    /// <summary>The name of the ConfigMap in the operator's namespace.</summary>
    public const string ConfigMap = "kvm-operator-disarm";

    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Why, and for how long still, nothing is to be shut out in a pool; null when something may be.</summary>
    public Disarm? Of(string pool)
    {
        var data = maps.Get(new EntityKey(settings.Namespace, ConfigMap))?.Data;
        return data is null ? null : Read(data, string.Empty) ?? Read(data, $"pools.{pool}.");
    }

    private Disarm? Read(IDictionary<string, string> data, string prefix)
    {
        if (!data.TryGetValue($"{prefix}until", out var until) && !data.ContainsKey($"{prefix}reason"))
        {
            return null;
        }

        if (!DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var end))
        {
            return new Disarm($"{ConfigMap} has no {prefix}until that is a time, such as 2026-01-31T18:00:00Z: correct it, or delete the ConfigMap", Longest);
        }

        if (!data.TryGetValue($"{prefix}reason", out var reason) || string.IsNullOrWhiteSpace(reason))
        {
            return new Disarm($"{ConfigMap} has no {prefix}reason: say why, or delete the ConfigMap", Longest);
        }

        var left = end - clock.GetUtcNow();
        return left <= TimeSpan.Zero ? null
            : left > Longest ? new Disarm($"{ConfigMap}: {prefix}until is more than 24 hours away: nobody should forget it. Correct it", left)
            : new Disarm(reason, left);
    }
}
