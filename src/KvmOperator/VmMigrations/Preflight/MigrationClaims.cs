using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Placement;
using KvmOperator.Planning.Migrations;

namespace KvmOperator.VmMigrations.Preflight;

/// <summary>Says what moves need of the hosts, for <see cref="MigrationSlots"/>. Pure.</summary>
internal static class MigrationClaims
{
    /// <summary>What a move needs when more is known of its hosts than its object says.</summary>
    /// <param name="move">The move.</param>
    /// <param name="source">Where its guest is; null while that is not known.</param>
    /// <param name="target">Where it goes; null while any host of the pool will do.</param>
    /// <param name="pool">The guest's pool; null when there is no such guest.</param>
    public static MigrationClaim Of(VmMigration move, string? source, string? target, string? pool) =>
        new(move.Uid(), move.Namespace(), move.Name(), move.Spec.VirtualMachineRef.Name, Standing(move))
        {
            Created = move.Metadata.CreationTimestamp,
            Source = source,
            Target = target,
            Pool = pool,
        };

    /// <summary>What a move needs by what is written down: of one that has its guest, its own hosts; else its guest's host, and the target of its spec.</summary>
    /// <param name="move">The move.</param>
    /// <param name="guest">Its guest; null when there is no such object.</param>
    public static MigrationClaim Of(VmMigration move, VirtualMachine? guest) => VmMigrationPhases.HoldsGuest(move.Status?.Phase)
        ? Of(move, move.Status!.SourceHost, move.Status.TargetHost, guest?.Spec.Placement.Pool)
        : Of(move, guest?.Status?.Host, move.Spec.TargetHostRef?.Name, guest?.Spec.Placement.Pool);

    /// <summary>The same for a move that was given its slot a moment ago, which may not be written down yet: it has its guest.</summary>
    public static MigrationClaim Of(VmMigration move, VirtualMachine? guest, AssumedMove? begun) =>
        begun is null || VmMigrationPhases.HoldsGuest(move.Status?.Phase)
            ? Of(move, guest)
            : Of(move, begun.Source, begun.Target, guest?.Spec.Placement.Pool) with { Standing = MigrationStanding.Begun };

    private static MigrationStanding Standing(VmMigration move) =>
        VmMigrationPhases.HoldsGuest(move.Status?.Phase) ? MigrationStanding.Begun
        : IsWaiting(move) ? MigrationStanding.Waiting
        : MigrationStanding.Held;

    private static bool IsWaiting(VmMigration move) =>
        move.Status is { Phase: null or VmMigrationPhase.Pending or VmMigrationPhase.Preflight } status
        && move.Metadata.DeletionTimestamp is null
        && !move.IsPaused()
        && status.Conditions.Any(condition => condition is { Type: CommonConditions.Succeeded, Reason: VmMigrationReasons.WaitingForSlot });
}
