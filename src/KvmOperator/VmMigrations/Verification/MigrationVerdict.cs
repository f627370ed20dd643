using KvmOperator.Hosts.Jobs;
using KvmOperator.Planning.Migrations;

namespace KvmOperator.VmMigrations.Verification;

/// <summary>Where the guest is after a move, and how long it stood still.</summary>
/// <param name="Outcome">Where it is.</param>
/// <param name="DowntimeMilliseconds">As libvirt measured it; null when it did not, or the guest was off.</param>
/// <param name="Job">How the move's job stands. It proves nothing, but it has libvirt's words.</param>
internal sealed record MigrationVerdict(MigrationOutcome Outcome, long? DowntimeMilliseconds, JobState Job)
{
    /// <summary>True when the guest's memory is on both hosts, or was and half of it is lost: post-copy did not come to its end.</summary>
    public bool PostCopyBroke { get; init; }

    /// <summary>True when the guest waits on the target for memory that does not come any more.</summary>
    public bool HalfArrived { get; init; }

    /// <summary>The hosts of the move whose KvmHost is gone: they were not asked.</summary>
    public IReadOnlyList<string> GoneHosts { get; init; } = [];
}
