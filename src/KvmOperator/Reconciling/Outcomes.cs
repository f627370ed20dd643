namespace KvmOperator.Reconciling;

/// <summary>Carries outcomes out.</summary>
internal static class Outcomes
{
    /// <summary>
    /// Takes an outcome into the status, writes it down, tells of it, and then does what follows from it, and so on with the outcome of that: a successor finds everything announced that may have
    /// been done, and nobody is told what was never written.
    /// </summary>
    /// <returns>When the next pass is due; null when the object is over.</returns>
    public static async Task<TimeSpan?> CarryOutAsync<TPhase>(this IPhaseScope<TPhase> scope, Outcome<TPhase> outcome, CancellationToken cancellationToken)
        where TPhase : struct, Enum
    {
        while (true)
        {
            var due = scope.Take(outcome);
            try
            {
                await (outcome is Outcome<TPhase>.Progress ? scope.WriteProgressAsync(cancellationToken) : scope.WriteAsync(cancellationToken));
            }
            finally
            {
                outcome.Settled?.Invoke();
            }

            scope.Tell(outcome);
            if (outcome.Then is null || await outcome.Then(cancellationToken) is not { } next)
            {
                return due;
            }

            outcome = next;
        }
    }
}
