using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Drain;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Settings;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts.Draining;

/// <summary>
/// Drains hosts in maintenance: makes a VmMigration for each guest that should leave, a few at a time, and says who is left and why. What comes next is decided by <see cref="DrainPlanner"/>. Nothing is remembered beside the
/// objects: a successor sees the moves that were made, and would give the next one the same name.
/// </summary>
internal sealed class HostDrain(
    DrainReading reading, EntityClient client, IEntityStore<VmMigration> moves, IEntityStore<VirtualMachine> machines, LiveSettings settings, IEventRecorder events, TimeProvider clock)
{
    /// <summary>Goes on with it, and writes the condition about the guests that should leave. Of a host that is not in maintenance any more, the moves that have not begun are taken back.</summary>
    /// <returns>Whether the host is in maintenance and no guest is left there.</returns>
    public async Task<bool> AdvanceAsync(HostPass pass, HostObservation seen, CancellationToken cancellationToken)
    {
        var (host, conditions) = (pass.Host, pass.Conditions);
        if (host.Spec.Mode != HostMode.Maintenance)
        {
            await TakeBackAsync(host, _ => true, cancellationToken);
            conditions.False(KvmHostConditions.Drained, CommonReasons.Unmanaged, "it is not asked for: spec.mode: Maintenance does");
            return false;
        }

        if (!seen.LibvirtAnswers)
        {
            conditions.Unknown(KvmHostConditions.Drained, CommonReasons.StepFailed, "libvirt does not say which guests run there");
            return false;
        }

        var decision = DrainPlanner.Next(new DrainView(
            pass.Name, reading.Guests(host, seen), reading.Others(host), settings.Migrations(host.Spec.Pool).OutOfHost, clock.GetUtcNow()));
        var refusal = host.IsPaused() ? $"the annotation {Annotations.Paused} keeps the host as it is: take it off to have the guests moved" : await CarryOutAsync(host, decision, cancellationToken);
        DrainReports.Tell(conditions, decision, refusal, HostModes.GuestsOff(seen.Domains));
        TellEvents(pass, decision);
        return decision.IsDone;
    }

    /// <returns>Why a move could not be made; null when all could.</returns>
    private async Task<string?> CarryOutAsync(KvmHost host, DrainDecision decision, CancellationToken cancellationToken)
    {
        await TakeBackAsync(host, move => decision.TakeBack.Contains(MoveIndexes.GuestOf(move), StringComparer.Ordinal), cancellationToken);
        foreach (var step in decision.Begin)
        {
            if (machines.Get(GuestNames.KeyOf(step.Guest)) is not { } guest)
            {
                // It was deleted a moment ago.
                continue;
            }

            var move = DrainMoves.For(host, guest, step.Target, moves.OverOf(step.Guest), settings.CompletionTimeoutPerGiB(guest.Spec.Placement.Pool));
            try
            {
                await client.CreateAsync(move, cancellationToken);
            }
            catch (ApiException exists) when (exists.IsConflict)
            {
                // This process made it a moment ago, or the one before: the watch has not told yet.
                continue;
            }
            catch (ApiException refused)
            {
                return $"no VmMigration can be made in the namespace {guest.Namespace()}: {refused.Message.TrimEnd('.')}";
            }

            events.Publish(host, KvmHostReasons.Evicted, $"{step.Guest} goes to {step.Target} (VmMigration {move.Name()})");
            events.Publish(guest, VirtualMachineReasons.Evicted, $"it goes to {step.Target}, since {host.Name()} is drained (VmMigration {move.Name()})");
        }

        return null;
    }

    /// <summary>Nothing was changed by a move that has not begun.</summary>
    private async Task TakeBackAsync(KvmHost host, Func<VmMigration, bool> isUnwanted, CancellationToken cancellationToken)
    {
        foreach (var move in moves.OfDrain(host.Name()).Where(move => !VmMigrationPhases.HoldsGuest(move.Status?.Phase) && move.Metadata.DeletionTimestamp is null && isUnwanted(move)))
        {
            await client.DeleteAsync<VmMigration>(EntityKey.Of(move), cancellationToken);
        }
    }

    /// <summary>Who hinders is told when that is news; that others leave is told by their moves.</summary>
    private void TellEvents(HostPass pass, DrainDecision decision)
    {
        var before = pass.Before(KvmHostConditions.Drained);
        if (decision.IsDone && before is { Status: "False", Reason: not CommonReasons.Unmanaged })
        {
            events.Publish(pass.Host, KvmHostReasons.DrainFinished, "no guest is left there");
        }
        else if (DrainReports.Hindrance(decision) is { } hindrance && before?.Message.Contains(hindrance, StringComparison.Ordinal) != true)
        {
            events.Publish(pass.Host, KvmHostReasons.DrainBlocked, hindrance, EventType.Warning);
        }
    }
}
