namespace KvmOperator.Api.VmMigrations;

/// <summary>The types of a VmMigration's conditions, besides <see cref="CommonConditions"/>.</summary>
public static class VmMigrationConditions
{
    /// <summary>Nothing stands in the way; otherwise the message lists what does and what to do about each.</summary>
    public const string PreflightPassed = "PreflightPassed";

    /// <summary>Memory is sent faster than it is written. False: the guest writes too fast, and the message says what helps.</summary>
    public const string Converging = "Converging";

    /// <summary>All types, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [CommonConditions.Succeeded, CommonConditions.Valid, PreflightPassed, Converging];
}
