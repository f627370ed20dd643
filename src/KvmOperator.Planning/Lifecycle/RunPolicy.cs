namespace KvmOperator.Planning.Lifecycle;

/// <summary>When a guest should run.</summary>
public enum RunPolicy
{
    /// <summary>Always: however it ended, it is started again.</summary>
    Always,

    /// <summary>Until it ends in order.</summary>
    RerunOnFailure,

    /// <summary>When a person starts it.</summary>
    Manual,

    /// <summary>Never: one that runs is shut down.</summary>
    Halted,
}
