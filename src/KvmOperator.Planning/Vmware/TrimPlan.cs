namespace KvmOperator.Planning.Vmware;

/// <summary>What of a trim report is deleted. Pure.</summary>
public static class TrimPlan
{
    /// <summary>The files that go once the guest was verified. The state of a suspended machine goes only when a person accepted that it is given up.</summary>
    /// <param name="report">What is disposable.</param>
    /// <param name="accepted">The ids of concerns that a person accepts.</param>
    public static IReadOnlyList<TrimItem> Make(IEnumerable<TrimItem> report, IReadOnlyCollection<string> accepted) =>
        [.. report.Where(item => !item.NeedsAcceptance || accepted.Contains(nameof(ConcernId.Suspended), StringComparer.Ordinal)).Where(item => item.File is { Kind: SourceFileKind.File, Pieces.Count: 0 })];
}
