using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory;

/// <summary>Under what moves are filed. Those that are over are told apart: there may be any number of them, and nobody looks through them.</summary>
internal static class MoveIndexes
{
    /// <summary>Those that are not over, by their guest.</summary>
    public const string OpenByGuest = "open-guest";

    /// <summary>Those that hold their guest, by their target.</summary>
    public const string ByTarget = "target";

    /// <summary>All that are not over, under <see cref="Open"/>.</summary>
    public const string ByState = "state";

    /// <summary>Those that are over, by their guest.</summary>
    public const string OverByGuest = "over-guest";

    /// <summary>Those that a drain made and that are not over, by the host that is drained.</summary>
    public const string ByDrain = "drain";

    /// <summary>The one value of <see cref="ByState"/>.</summary>
    public const string Open = "open";

    /// <summary>The indexes.</summary>
    public static IReadOnlyList<EntityIndex<VmMigration>> All { get; } =
    [
        new(OpenByGuest, move => IsOver(move) ? [] : [GuestOf(move)]),
        new(OverByGuest, move => IsOver(move) ? [GuestOf(move)] : []),
        new(ByState, move => IsOver(move) ? [] : [Open]),
        new(ByDrain, move => !IsOver(move) && OwnMoves.DrainOf(move) is { } host ? [host] : []),
        new(ByTarget, move => move.Status is { TargetHost: { } target } status && VmMigrationPhases.HoldsGuest(status.Phase) ? [target] : []),
    ];

    /// <summary>The moves of a guest that are not over.</summary>
    public static IReadOnlyList<VmMigration> OpenOf(this IEntityStore<VmMigration> moves, VirtualMachine guest) => moves.ListBy(OpenByGuest, $"{guest.Namespace()}/{guest.Name()}");

    /// <summary>All moves that are not over.</summary>
    public static IReadOnlyList<VmMigration> ListOpen(this IEntityStore<VmMigration> moves) => moves.ListBy(ByState, Open);

    /// <summary>The moves of a host's drain that are not over.</summary>
    public static IReadOnlyList<VmMigration> OfDrain(this IEntityStore<VmMigration> moves, string host) => moves.ListBy(ByDrain, host);

    /// <summary>The moves of a guest that are over, the latest one first.</summary>
    public static IEnumerable<VmMigration> OverOf(this IEntityStore<VmMigration> moves, string guest) => moves.ListBy(OverByGuest, guest)
        .OrderByDescending(move => move.Status?.CompletionTime)
        .ThenByDescending(move => move.Name(), StringComparer.Ordinal);

    /// <summary>The guest of a move, as <c>namespace/name</c>.</summary>
    public static string GuestOf(VmMigration move) => $"{move.Namespace()}/{move.Spec.VirtualMachineRef.Name}";

    private static bool IsOver(VmMigration move) => VmMigrationPhases.IsEnd(move.Status?.Phase);
}
