using KvmOperator.Hosts.Fencing;

namespace KvmOperator.Failover;

/// <summary>What is known of an effect after it was sent. Not done means that nothing is known: it may have been done, or be done later.</summary>
/// <param name="IsDone">Whether it was done for certain.</param>
internal sealed record EffectResult(bool IsDone)
{
    /// <summary>What a server showed; null for nothing.</summary>
    public StorageFenceReading? Reading { get; init; }

    /// <summary>The boot of a host that was cleaned; null for none.</summary>
    public string? Boot { get; init; }

    /// <summary>Whether a guest's start was refused because somebody else has its disk locked.</summary>
    public bool IsLocked { get; init; }

    /// <summary>Whether nothing went wrong but that the object is another one by now: it is decided anew at once.</summary>
    public bool IsOvertaken { get; init; }

    /// <summary>What went wrong, for people; empty for nothing.</summary>
    public string Problem { get; init; } = string.Empty;

    /// <summary>It was done.</summary>
    public static EffectResult Done { get; } = new(true);

    /// <summary>The object was another one by now.</summary>
    public static EffectResult Overtaken { get; } = new(false) { IsOvertaken = true };

    /// <summary>It was not done, as far as is known.</summary>
    public static EffectResult Failed(string problem) => new(false) { Problem = problem };
}
