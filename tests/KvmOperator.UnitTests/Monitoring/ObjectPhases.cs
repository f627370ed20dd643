namespace KvmOperator.UnitTests.Monitoring;

/// <summary>The phases in which objects of each kind can be, as the code writes them: alerts and Argo CD's scripts know them by name.</summary>
internal static class ObjectPhases
{
    /// <summary>The phases by kind.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ByKind { get; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["KvmHost"] = ["Preparing", "Ready", "Draining", "Drained", "Unreachable", "Invalid"],
        ["NfsStore"] = ["Preparing", "Ready", "Degraded", "Invalid"],
        ["VirtualMachine"] = ["Pending", "Creating", "Starting", "Running", "Stopping", "Stopped", "Migrating", "Paused", "Crashed", "Unknown", "Invalid"],

        // Cancelled is not used yet.
        ["VmMigration"] = ["Pending", "Preflight", "Preparing", "Running", "Verifying", "Succeeded", "Failed"],

        // The operator does not look at these yet.
        ["VmwareImport"] = [],
    };
}
