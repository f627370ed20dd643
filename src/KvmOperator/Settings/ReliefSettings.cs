using KvmOperator.Planning.Relief;

namespace KvmOperator.Settings;

/// <summary>The numbers of relief as they stand in the settings: whole percents, seconds and minutes. Pure.</summary>
internal static class ReliefSettings
{
    private const double Percent = 100;

    /// <summary>Use of a host's processors from which it is overloaded, in percent.</summary>
    public const string HotUsePercent = "reliefHotUsePercent";

    /// <summary>Share of time in which tasks wait for a processor from which it is overloaded, in percent.</summary>
    public const string HotPressurePercent = "reliefHotPressurePercent";

    /// <summary>For how long it must have been, in seconds.</summary>
    public const string HoldSeconds = "reliefHoldSeconds";

    /// <summary>Time over which use is averaged, in seconds.</summary>
    public const string AverageSeconds = "reliefAverageSeconds";

    /// <summary>Available memory below which a host is short of it, in percent.</summary>
    public const string ShortMemoryPercent = "reliefShortMemoryPercent";

    /// <summary>Share of time in which tasks wait for memory from which it is short of it, in percent.</summary>
    public const string MemoryPressurePercent = "reliefMemoryPressurePercent";

    /// <summary>For how long it must have been short of memory, in seconds.</summary>
    public const string MemoryHoldSeconds = "reliefMemoryHoldSeconds";

    /// <summary>Use above which cores are too many, in percent: what a move takes away there is its gain.</summary>
    public const string OverloadPercent = "reliefOverloadPercent";

    /// <summary>Use that a host may have at most with the guest that it takes, in percent.</summary>
    public const string TargetUsePercent = "reliefTargetUsePercent";

    /// <summary>Share of its memory for guests that it may have given away then, in percent.</summary>
    public const string TargetMemoryPercent = "reliefTargetMemoryPercent";

    /// <summary>A guest that does more of its host's work than this stays, in percent.</summary>
    public const string HogPercent = "reliefHogPercent";

    /// <summary>Least gain of a move, in percent of a core.</summary>
    public const string LeastGainPercent = "reliefLeastGainPercent";

    /// <summary>How much less the more loaded one of both hosts must have to do at least, in points.</summary>
    public const string LeastFallPercent = "reliefLeastFallPercent";

    /// <summary>How long a guest stays after a move, in minutes, doubled for each one within a day, the first one too.</summary>
    public const string CoolDownMinutes = "reliefCoolDownMinutes";

    /// <summary>The longest that it stays, in minutes.</summary>
    public const string LongestCoolDownMinutes = "reliefLongestCoolDownMinutes";

    /// <summary>How long nothing is proposed after a move of the pool, in seconds.</summary>
    public const string SettleSeconds = "reliefSettleSeconds";

    /// <summary>How long an operator must have watched, in seconds.</summary>
    public const string BlindSeconds = "reliefBlindSeconds";

    /// <summary>What counts when a key does not stand there: the same as <see cref="ReliefBudgets.Default"/>.</summary>
    public static IReadOnlyDictionary<string, int> Defaults { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        [HotUsePercent] = 85,
        [HotPressurePercent] = 25,
        [HoldSeconds] = 180,
        [AverageSeconds] = 60,
        [ShortMemoryPercent] = 5,
        [MemoryPressurePercent] = 5,
        [MemoryHoldSeconds] = 60,
        [OverloadPercent] = 80,
        [TargetUsePercent] = 70,
        [TargetMemoryPercent] = 85,
        [HogPercent] = 60,
        [LeastGainPercent] = 50,
        [LeastFallPercent] = 10,
        [CoolDownMinutes] = 30,
        [LongestCoolDownMinutes] = 480,
        [SettleSeconds] = 120,
        [BlindSeconds] = 300,
    };

    /// <summary>The numbers.</summary>
    /// <param name="value">The value of a key.</param>
    public static ReliefBudgets Budgets(Func<string, int> value) => ReliefBudgets.Default with
    {
        HotUse = value(HotUsePercent) / Percent,
        HotPressure = value(HotPressurePercent) / Percent,
        HoldTime = TimeSpan.FromSeconds(value(HoldSeconds)),
        AverageOver = TimeSpan.FromSeconds(value(AverageSeconds)),
        ShortMemory = value(ShortMemoryPercent) / Percent,
        HotMemoryPressure = value(MemoryPressurePercent) / Percent,
        MemoryHoldTime = TimeSpan.FromSeconds(value(MemoryHoldSeconds)),
        Overload = value(OverloadPercent) / Percent,
        TargetUse = value(TargetUsePercent) / Percent,
        TargetMemory = value(TargetMemoryPercent) / Percent,
        HogShare = value(HogPercent) / Percent,
        LeastGain = value(LeastGainPercent) / Percent,
        LeastFall = value(LeastFallPercent) / Percent,
        CoolDown = TimeSpan.FromMinutes(value(CoolDownMinutes)),
        LongestCoolDown = TimeSpan.FromMinutes(value(LongestCoolDownMinutes)),
        Settle = TimeSpan.FromSeconds(value(SettleSeconds)),
        Blind = TimeSpan.FromSeconds(value(BlindSeconds)),
    };
}
