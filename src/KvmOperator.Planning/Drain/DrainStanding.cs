namespace KvmOperator.Planning.Drain;

/// <summary>Why a guest is still on a host that is being drained. What a person has to see first comes first.</summary>
public enum DrainStanding
{
    /// <summary>It does not go before a person has done something.</summary>
    Blocked,

    /// <summary>No host has room for it.</summary>
    WithoutPlace,

    /// <summary>Its move failed, and is tried again.</summary>
    Failing,

    /// <summary>Its turn comes, or something else goes first.</summary>
    Waiting,

    /// <summary>It is being moved.</summary>
    Moving,
}
