using System.Globalization;

namespace KvmOperator.Settings;

/// <summary>The settings of the operator by their keys in its ConfigMap: what may stand there, and what counts when nothing does. Pure.</summary>
internal static class SettingsKeys
{
    /// <summary>The name of the ConfigMap in the operator's namespace.</summary>
    public const string ConfigMap = "kvm-operator-settings";

    /// <summary>How many moves run in the whole cluster; of a pool: how many run there.</summary>
    public const string ParallelMigrationsPerCluster = "parallelMigrationsPerCluster";

    /// <summary>How many guests leave one host at once, and how many arrive at one.</summary>
    public const string ParallelOutboundMigrationsPerNode = "parallelOutboundMigrationsPerNode";

    /// <summary>How many seconds a move that the operator makes may take for each GiB of its guest's memory.</summary>
    public const string CompletionTimeoutPerGiB = "completionTimeoutPerGiB";

    /// <summary>The networks and bridges on which guests may be; with a namespace's name in the key, those of this namespace. A bridge is written <c>bridge:NAME</c>.</summary>
    public const string Networks = "networks";

    /// <summary>What is done for hosts that have too much to do (<see cref="ReliefMode"/>).</summary>
    public const string Relief = "relief";

    /// <summary>What stands before the name of a bridge.</summary>
    public const string Bridge = "bridge:";

    private const string Pools = "pools.";
    private const string Namespaces = "namespaces.";
    private const int Most = 1000;

    /// <summary>What counts when a key does not stand there.</summary>
    public static IReadOnlyDictionary<string, int> Defaults { get; } = new Dictionary<string, int>(ReliefSettings.Defaults, StringComparer.Ordinal)
    {
        [ParallelMigrationsPerCluster] = 5,
        [ParallelOutboundMigrationsPerNode] = 2,
        [CompletionTimeoutPerGiB] = 150,
    };

    /// <summary>The pool whose value a key holds; null for a value of all.</summary>
    public static string? PoolOf(string key) => key.StartsWith(Pools, StringComparison.Ordinal) && key.LastIndexOf('.') is var dot && dot > Pools.Length ? key[Pools.Length..dot] : null;

    /// <summary>The key by which a pool has a value of its own. A pool's name has no dots.</summary>
    public static string OfPool(string pool, string key) => $"{Pools}{pool}.{key}";

    /// <summary>The key by which a namespace has a value of its own. A namespace's name has no dots.</summary>
    public static string OfNamespace(string name, string key) => $"{Namespaces}{name}.{key}";

    /// <summary>Whether a key holds names of networks.</summary>
    public static bool IsNetworks(string key) => key == Networks || (key.Split('.') is [var first, { Length: > 0 }, Networks] && $"{first}." == Namespaces);

    /// <summary>Whether a key holds a mode of relief.</summary>
    public static bool IsRelief(string key) => key == Relief || (key.Split('.') is [var first, { Length: > 0 }, Relief] && $"{first}." == Pools);

    /// <summary>Reads a mode of relief.</summary>
    /// <param name="key">The key.</param>
    /// <param name="text">What stands there.</param>
    /// <returns>The mode, or why it is not taken.</returns>
    public static (ReliefMode? Mode, string? Refusal) ReadRelief(string key, string text) => text.Trim() switch
    {
        nameof(ReliefMode.Recommend) => (ReliefMode.Recommend, null),
        nameof(ReliefMode.Off) => (ReliefMode.Off, null),
        _ => (null, $"{key}: '{Short(text)}' is neither {nameof(ReliefMode.Recommend)} nor {nameof(ReliefMode.Off)}"),
    };

    /// <summary>Reads names of networks and bridges, which may be none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="text">What stands there.</param>
    /// <returns>The names, or why they are not taken.</returns>
    public static (IReadOnlyList<string>? Names, string? Refusal) ReadNetworks(string key, string text)
    {
        string[] names = text.Split([' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var bad = names.FirstOrDefault(name => !IsName(name.StartsWith(Bridge, StringComparison.Ordinal) ? name[Bridge.Length..] : name));
        return bad is null ? (names, null) : (null, $"{key}: '{Short(bad)}' is no name of a network, and no bridge:NAME");
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 63 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-');

    /// <summary>Reads one value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="text">What stands there.</param>
    /// <returns>The value, or why it is not taken.</returns>
    public static (int? Value, string? Refusal) Read(string key, string text)
    {
        var setting = PoolOf(key) is { } pool ? key[(Pools.Length + pool.Length + 1)..] : key;
        if (!Defaults.ContainsKey(setting))
        {
            return (null, $"{key}: there is no such setting. There are {string.Join(", ", Defaults.Keys)}, and {Relief}, each also as {Pools}NAME.…, those of {FailoverKeys.Failover}, and {Networks}, also as {Namespaces}NAME.{Networks}");
        }

        return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= Most
            ? (value, null)
            : (null, $"{key}: '{Short(text)}' is no number from 1 to {Most}");
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
