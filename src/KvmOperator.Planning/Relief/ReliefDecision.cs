namespace KvmOperator.Planning.Relief;

/// <summary>What is to be done for a pool.</summary>
/// <param name="Hot">The host that needs relief most; null when none does.</param>
/// <param name="Best">The best move; null when none is worth it, or nothing is done at present.</param>
/// <param name="Silence">Why nothing is done at present; null when something may be.</param>
/// <param name="Others">The guests of the hot host that were not chosen, by name.</param>
public sealed record ReliefDecision(string? Hot, ReliefMove? Best, string? Silence, IReadOnlyList<NotChosen> Others);
