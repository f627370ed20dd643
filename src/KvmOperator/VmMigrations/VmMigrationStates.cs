using KvmOperator.Api.VmMigrations;

namespace KvmOperator.VmMigrations;

/// <summary>Which phase may follow which. <c>states.md</c> beside this file shows it, and a test holds the two together.</summary>
internal static class VmMigrationStates
{
    /// <summary>The phases that may follow each.</summary>
    public static IReadOnlyDictionary<VmMigrationPhase, IReadOnlyList<VmMigrationPhase>> Next { get; } = new Dictionary<VmMigrationPhase, IReadOnlyList<VmMigrationPhase>>
    {
        [VmMigrationPhase.Pending] = [VmMigrationPhase.Preflight, VmMigrationPhase.Failed],
        [VmMigrationPhase.Preflight] = [VmMigrationPhase.Preparing, VmMigrationPhase.Succeeded, VmMigrationPhase.Failed],
        [VmMigrationPhase.Preparing] = [VmMigrationPhase.Running, VmMigrationPhase.Verifying],
        [VmMigrationPhase.Running] = [VmMigrationPhase.Verifying],
        [VmMigrationPhase.Verifying] = [VmMigrationPhase.Succeeded, VmMigrationPhase.Failed, VmMigrationPhase.Cancelled],
        [VmMigrationPhase.Succeeded] = [],
        [VmMigrationPhase.Failed] = [],
        [VmMigrationPhase.Cancelled] = [],
    };
}
