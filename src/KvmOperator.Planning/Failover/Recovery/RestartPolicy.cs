namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>
/// Which guests of a failed host are started elsewhere. Pure. A crash of the host is no wish of anybody: what ran is to run again, unless its owner said otherwise.
/// </summary>
public static class RestartPolicy
{
    /// <summary>Why a guest is not started elsewhere; null when it is.</summary>
    /// <param name="wish">When it is to run.</param>
    /// <param name="mayRestart">Whether its owner lets it be started elsewhere (<c>spec.availability.onHostFailure: Restart</c>).</param>
    /// <param name="ran">Whether it ran when its host was last heard.</param>
    /// <param name="unusable">Why it cannot be started anywhere, such as an invalid spec or a definition that is not kept; null for nothing.</param>
    public static string? Refuse(RestartWish wish, bool mayRestart, bool ran, string? unusable) => (wish, mayRestart, ran, unusable) switch
    {
        (RestartWish.Never, _, _, _) => "it is to be off (spec.runStrategy: Halted)",
        (_, false, _, _) => "it is left where it is (spec.availability.onHostFailure: Leave). Set Restart to have it started elsewhere",
        (_, _, _, { } reason) => reason,
        (RestartWish.ByHand, _, false, _) => "it was off (spec.runStrategy: Manual)",
        (RestartWish.UntilItEnds, _, false, _) => "it had ended by itself (spec.runStrategy: RerunOnFailure)",
        _ => null,
    };
}
