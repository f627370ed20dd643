namespace KvmOperator.VmMigrations.Verification;

/// <summary>Where the guest is after a move: one of a closed set.</summary>
internal enum MigrationOutcome
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
