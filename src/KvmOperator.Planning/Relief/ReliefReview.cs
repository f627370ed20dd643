namespace KvmOperator.Planning.Relief;

/// <summary>Says whether a pool is better left alone for a while, since what was promised did not come. Pure.</summary>
public static class ReliefReview
{
    /// <summary>Until when; null for not.</summary>
    /// <param name="outcomes">What came of the pool's moves, the latest one last.</param>
    /// <param name="budgets">How many count, and how long it lasts.</param>
    public static DateTimeOffset? PausedUntil(IReadOnlyList<ReliefOutcome> outcomes, ReliefBudgets budgets)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        ArgumentNullException.ThrowIfNull(budgets);
        return outcomes.Count >= budgets.Ineffective && outcomes.TakeLast(budgets.Ineffective).All(outcome => outcome.IsIneffective) ? outcomes[^1].At + budgets.IneffectivePause : null;
    }
}
