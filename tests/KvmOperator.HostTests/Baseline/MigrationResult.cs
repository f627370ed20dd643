namespace KvmOperator.HostTests.Baseline;

/// <summary>What a live migration cost.</summary>
/// <param name="Duration">From the command to its end.</param>
/// <param name="Downtime">How long the guest stood still, as libvirt measured it on the target.</param>
internal sealed record MigrationResult(TimeSpan Duration, TimeSpan Downtime);
