namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>When a guest is to run at all (<c>spec.runStrategy</c>).</summary>
public enum RestartWish
{
    /// <summary>Always.</summary>
    Always,

    /// <summary>Until it ends by itself in order.</summary>
    UntilItEnds,

    /// <summary>When a person starts it.</summary>
    ByHand,

    /// <summary>Not now.</summary>
    Never,
}
