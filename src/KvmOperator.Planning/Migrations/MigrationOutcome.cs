namespace KvmOperator.Planning.Migrations;

/// <summary>Where the guest is after a move: one of a closed set.</summary>
public enum MigrationOutcome
{
    /// <summary>It cannot be told yet.</summary>
    Unknown,

    /// <summary>It is on the target, and not on the source.</summary>
    OnTarget,

    /// <summary>It is on the source, and not on the target.</summary>
    OnSource,

    /// <summary>It is on neither.</summary>
    Gone,
}
