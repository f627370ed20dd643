using KvmOperator.Api.Validation;

namespace KvmOperator.Api.VmMigrations;

/// <summary>Says everything that is wrong with a VmMigration, so that nothing is done for one that cannot be.</summary>
public static class VmMigrationValidator
{
    /// <summary>All errors, none for a move that can be tried.</summary>
    public static IReadOnlyList<SpecError> Validate(VmMigration migration)
    {
        var checks = new SpecChecks();
        var spec = migration.Spec;
        checks.Reference("spec.virtualMachineRef", spec.VirtualMachineRef);
        checks.OptionalReference("spec.targetHostRef", spec.TargetHostRef);
        checks.Range("spec.bandwidthMiBPerSecond", spec.BandwidthMiBPerSecond, 0, 100_000);
        checks.Range("spec.maxDowntimeMilliseconds", spec.MaxDowntimeMilliseconds, 1, 60_000);
        checks.Range("spec.timeoutSeconds", spec.TimeoutSeconds, 10, 86_400);
        checks.Range("spec.ttlSecondsAfterFinished", spec.TtlSecondsAfterFinished ?? 0, 0, 31_536_000);
        return checks.Errors;
    }
}
