using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;

namespace KvmOperator.Inventory;

/// <summary>What the labels of a move say that the operator made itself. Pure.</summary>
internal static class OwnMoves
{
    /// <summary>Whether the operator made it, and not a person or a tool of theirs.</summary>
    public static bool IsOwn(VmMigration move) => move.GetLabel(Labels.CreatedBy) == Labels.Operator;

    /// <summary>The host that its guest is to leave; null for a move that is about no certain one.</summary>
    public static string? LeavesHost(VmMigration move) => IsOwn(move) ? move.GetLabel(Labels.LeavesHost) : null;

    /// <summary>The host that a drain made it for; null when none did.</summary>
    public static string? DrainOf(VmMigration move) => move.GetLabel(Labels.Purpose) == Labels.Drain ? LeavesHost(move) : null;

    /// <summary>Why the operator made it; null for a move that it did not make.</summary>
    public static string? Reason(VmMigration move) => IsOwn(move) ? move.GetAnnotation(Annotations.MoveReason) : null;

    /// <summary>Whether a move of a drain has its guest shut down on a host before it takes it away.</summary>
    public static bool ShutsDown(VmMigration move, VirtualMachine guest, string host) =>
        guest.Spec.Availability.OnEviction == EvictionPolicy.Shutdown
        && DrainOf(move) == host
        && move.Metadata.DeletionTimestamp is null
        && !VmMigrationPhases.HoldsGuest(move.Status?.Phase)
        && !VmMigrationPhases.IsEnd(move.Status?.Phase);
}
