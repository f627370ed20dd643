namespace KvmOperator.Planning.Placement;

/// <summary>Where a guest goes, and why not elsewhere.</summary>
/// <param name="Host">The chosen host; null when none fits.</param>
/// <param name="Refusals">The other hosts that were considered and cannot have it, by name, with the reason and what to do.</param>
public sealed record PlacementVerdict(string? Host, IReadOnlyDictionary<string, string> Refusals)
{
    /// <summary>All hosts that can have it, the best one first.</summary>
    public IReadOnlyList<string> Fitting { get; init; } = Host is null ? [] : [Host];

    /// <summary>All refusals in one sentence, the same for the same refusals.</summary>
    public string Explain() => Refusals.Count == 0
        ? "the pool has no host"
        : string.Join("; ", Refusals.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}"));
}
