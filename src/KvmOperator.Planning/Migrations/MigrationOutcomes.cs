namespace KvmOperator.Planning.Migrations;

/// <summary>Judges where a guest is from what both hosts said. A job's result is no proof. Pure.</summary>
public static class MigrationOutcomes
{
    /// <summary>The outcome.</summary>
    /// <param name="source">The guest on the source; null when it is not there.</param>
    /// <param name="target">The guest on the target; null when it is not there.</param>
    public static MigrationOutcome Judge(GuestOnHost? source, GuestOnHost? target) => (source?.IsActive, target?.IsActive) switch
    {
        // Both: one of them is on its way out, or must not be decided about here.
        (true, true) => MigrationOutcome.Unknown,
        (true, _) => MigrationOutcome.OnSource,
        // What stands still there never arrived, and the source has the last definition.
        (false, true) when IsArriving(target) => MigrationOutcome.Unknown,
        (_, true) => MigrationOutcome.OnTarget,
        // Off on both: the source had it first, and loses it last.
        (false, _) => MigrationOutcome.OnSource,
        (_, false) => MigrationOutcome.OnTarget,
        _ => MigrationOutcome.Gone,
    };

    /// <summary>Whether a guest stands still and waits for memory of another host.</summary>
    public static bool IsArriving(GuestOnHost? target) => target is { PausedByMigration: true, PausedByBrokenPostCopy: false };

    /// <summary>Whether post-copy began and did not come to its end, seen after the job's.</summary>
    /// <param name="source">The guest on the source; null when it is not there.</param>
    /// <param name="target">The guest on the target; null when it is not there.</param>
    public static bool PostCopyBroke(GuestOnHost? source, GuestOnHost? target) => (source?.IsActive, target?.IsActive) switch
    {
        (true, true) => source!.InPostCopy || target!.InPostCopy,
        (true, _) => source!.InPostCopy,
        // libvirt may be slow to say that it is complete; only a guest that stands still is lost.
        (_, true) => target!.PausedByBrokenPostCopy,
        _ => false,
    };
}
