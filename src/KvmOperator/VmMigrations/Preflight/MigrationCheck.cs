namespace KvmOperator.VmMigrations.Preflight;

/// <summary>What came of asking whether a guest can be moved to a host: one of a closed set.</summary>
internal abstract record MigrationCheck
{
    /// <summary>Nothing speaks against it.</summary>
    public sealed record Passed : MigrationCheck;

    /// <summary>The host is busy, and nothing is known.</summary>
    /// <param name="Message">What it did not answer.</param>
    public sealed record Late(string Message) : MigrationCheck;

    /// <summary>It cannot be.</summary>
    /// <param name="Refusals">Everything that stands in the way, with what to do about it.</param>
    public sealed record Refused(IReadOnlyList<string> Refusals) : MigrationCheck;
}
