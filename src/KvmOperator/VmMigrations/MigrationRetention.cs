using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VmMigrations;

/// <summary>
/// Removes moves that are over: those whose spec says after which time, and those that the operator made itself, of which the last few of each guest stay. What a person or a GitOps tool made
/// stays otherwise: such a tool would only apply it again.
/// </summary>
internal sealed class MigrationRetention(EntityClient client, IEntityStore<VmMigration> moves, TimeProvider clock)
{
    /// <summary>So many of the operator's own moves stay for each guest.</summary>
    public const int Kept = 5;

    /// <summary>Removes what is to be removed now that a move is over.</summary>
    /// <returns>When the move itself is due; null when it stays.</returns>
    public async Task<TimeSpan?> ApplyAsync(VmMigration move, CancellationToken cancellationToken)
    {
        if (OwnMoves.IsOwn(move))
        {
            var over = moves.OverOf(MoveIndexes.GuestOf(move)).Where(other => OwnMoves.IsOwn(other) && !other.IsPaused() && other.Metadata.DeletionTimestamp is null);
            foreach (var old in over.Skip(Kept).ToList())
            {
                await client.DeleteAsync<VmMigration>(EntityKey.Of(old), cancellationToken);
            }
        }

        if (move.Spec.TtlSecondsAfterFinished is not { } seconds || move.Status?.CompletionTime is not { } end)
        {
            return null;
        }

        var left = end + TimeSpan.FromSeconds(seconds) - clock.GetUtcNow().UtcDateTime;
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        await client.DeleteAsync<VmMigration>(EntityKey.Of(move), cancellationToken);
        return null;
    }
}
