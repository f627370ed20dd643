using System.Globalization;
using KvmOperator.Planning.Failover;

namespace KvmOperator.Settings;

/// <summary>
/// The settings of failover by their keys in the ConfigMap of settings, each also as <c>pools.NAME.…</c>: what may stand there, and what counts. They are judged together, since budgets depend on each other. Pure.
/// </summary>
internal static class FailoverKeys
{
    /// <summary><c>Armed</c> or <c>Off</c>.</summary>
    public const string Failover = "failover";

    /// <summary><c>Default</c> or <c>Patient</c>: what the budgets are that are not given.</summary>
    public const string Profile = "failoverProfile";

    private const string Pools = "pools.";
    private const int Most = 86_400;

    private static readonly Dictionary<string, Func<FailoverBudgets, int, FailoverBudgets>> Numbers = new(StringComparer.Ordinal)
    {
        ["failoverPreSuspectedSeconds"] = (budgets, value) => budgets with { PreSuspected = TimeSpan.FromSeconds(value) },
        ["failoverSuspectedSeconds"] = (budgets, value) => budgets with { Suspected = TimeSpan.FromSeconds(value) },
        ["failoverFailedSeconds"] = (budgets, value) => budgets with { Failed = TimeSpan.FromSeconds(value) },
        ["failoverIsolatedPatienceSeconds"] = (budgets, value) => budgets with { IsolatedPatience = TimeSpan.FromSeconds(value) },
        ["failoverControlWindowSeconds"] = (budgets, value) => budgets with { ControlWindow = TimeSpan.FromSeconds(value) },
        ["failoverLeaseSilenceSeconds"] = (budgets, value) => budgets with { LeaseSilence = TimeSpan.FromSeconds(value) },
        ["failoverBlindSeconds"] = (budgets, value) => budgets with { Blind = TimeSpan.FromSeconds(value) },
        ["failoverFailedProbes"] = (budgets, value) => budgets with { FailedProbes = value },
        ["failoverStormDivisor"] = (budgets, value) => budgets with { StormDivisor = value },
        ["failoverStartsAtOnce"] = (budgets, value) => budgets with { StartsAtOnce = value },
        ["failoverStableSeconds"] = (budgets, value) => budgets with { Stable = TimeSpan.FromSeconds(value) },
        ["failoverFlaps"] = (budgets, value) => budgets with { Flaps = value },
    };

    /// <summary>Whether a key is one of these.</summary>
    public static bool Is(string key) => SettingOf(key) is Failover or Profile || Numbers.ContainsKey(SettingOf(key));

    /// <summary>Reads all of them.</summary>
    /// <param name="data">What stands in the ConfigMap.</param>
    /// <param name="before">What counted before, by pool; the empty name is for pools that have nothing of their own.</param>
    /// <returns>What counts from now on, and what is not taken. Of a pool that was never right nothing is armed.</returns>
    public static (IReadOnlyDictionary<string, FailoverPolicy> Policies, IReadOnlyList<string> Refusals) Read(IReadOnlyDictionary<string, string> data, IReadOnlyDictionary<string, FailoverPolicy> before)
    {
        var refusals = new List<string>();
        var given = data.Where(pair => Is(pair.Key)).ToLookup(pair => PoolOf(pair.Key), pair => (Setting: SettingOf(pair.Key), Text: pair.Value.Trim()), StringComparer.Ordinal);
        var common = given[string.Empty].ToDictionary(pair => pair.Setting, pair => pair.Text, StringComparer.Ordinal);
        var policies = new Dictionary<string, FailoverPolicy>(StringComparer.Ordinal);
        foreach (var pool in given.Select(group => group.Key).Append(string.Empty).Distinct(StringComparer.Ordinal))
        {
            var words = new Dictionary<string, string>(common, StringComparer.Ordinal);
            foreach (var (setting, text) in given[pool])
            {
                words[setting] = text;
            }

            var (policy, problems) = Read(words);
            refusals.AddRange(problems.Select(problem => pool.Length == 0 ? problem : $"{Pools}{pool}.{problem}"));
            policies[pool] = policy ?? before.GetValueOrDefault(pool) ?? before.GetValueOrDefault(string.Empty) ?? FailoverPolicy.Off;
        }

        return (policies, [.. refusals.Distinct(StringComparer.Ordinal)]);
    }

    private static (FailoverPolicy? Policy, IReadOnlyList<string> Problems) Read(Dictionary<string, string> words)
    {
        var problems = new List<string>();
        var isArmed = Choice(words, Failover, "Off", "Armed", problems);
        var budgets = Choice(words, Profile, "Default", "Patient", problems) ? FailoverBudgets.Patient : FailoverBudgets.Default;
        foreach (var (setting, set) in Numbers)
        {
            if (!words.TryGetValue(setting, out var text))
            {
                continue;
            }

            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= Most)
            {
                budgets = set(budgets, value);
            }
            else
            {
                problems.Add($"{setting}: '{Short(text)}' is no number from 1 to {Most.ToString(CultureInfo.InvariantCulture)}");
            }
        }

        problems.AddRange(budgets.Problems().Select(problem => $"{Failover}: {problem}"));
        return problems.Count > 0 ? (null, problems) : (new FailoverPolicy(isArmed, budgets), problems);
    }

    /// <summary>Whether the second of two words stands there.</summary>
    private static bool Choice(Dictionary<string, string> words, string setting, string first, string second, List<string> problems)
    {
        var text = words.GetValueOrDefault(setting, first);
        if (text != first && text != second)
        {
            problems.Add($"{setting}: '{Short(text)}' is neither {first} nor {second}");
        }

        return text == second;
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private static string SettingOf(string key) => PoolOf(key) is { Length: > 0 } pool ? key[(Pools.Length + pool.Length + 1)..] : key;

    private static string PoolOf(string key) => key.StartsWith(Pools, StringComparison.Ordinal) && key.LastIndexOf('.') is var dot && dot > Pools.Length ? key[Pools.Length..dot] : string.Empty;
}
