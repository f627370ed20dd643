using System.Globalization;
using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>
/// Decides what comes next for one guest of a host that failed: where it goes is written down, then it is defined there, then it is started, then that is written down. Pure, and without memory: a later leader asks the
/// target what is there and goes on.
/// </summary>
public static class GuestRecoveryPlanner
{
    /// <summary>What begins now for this guest.</summary>
    public static FailoverDecision Next(FailoverGuest guest, FailoverView view)
    {
        var decision = view.Record switch
        {
            { State: >= FailoverState.Fencing and < FailoverState.Quarantined } record when guest.Recovery is { State: RecoveryState.Starting } recovery && view.Owns(recovery) => GoOn(guest, recovery, view, record),
            { State: FailoverState.Fencing or FailoverState.Fenced or FailoverState.Recovering or FailoverState.Recovered } record => Begin(guest, view, record),
            _ => FailoverDecision.Wait("its host is not being shut out"),
        };
        return decision with { Effects = [.. decision.Effects.Where(effect => !view.Busy.Contains(effect.Key))] };
    }

    /// <summary>Whether it would be given a place at this moment, were no other guest there.</summary>
    public static bool CanBegin(FailoverGuest guest, FailoverView view) => WhyNotBegin(guest, view) is null && guest.Place is not null;

    private static FailoverDecision Begin(FailoverGuest guest, FailoverView view, FailoverRecord record)
    {
        if (guest.Host == view.Host && guest.Domains.FirstOrDefault(domain => domain.Value == DomainPresence.Running).Key is { } where)
        {
            // Moved by hand, or by a move that had ended and was not written down.
            return Record(guest, view, record, where, RecoveryState.Started, $"it runs on {where}");
        }

        if (WhyNotBegin(guest, view) is { } reason)
        {
            return FailoverDecision.Wait(reason);
        }

        if (view.Guests.FirstOrDefault(other => other.Priority > guest.Priority && IsToBeIssued(other, view)) is { } first)
        {
            return FailoverDecision.Wait($"{first.Name} has a higher priority and is started first");
        }

        if (guest.Place is not { } target)
        {
            return FailoverDecision.Wait($"no host can have it: {guest.NoPlace}");
        }

        return view.Guests.Count(other => other.Recovery is { State: RecoveryState.Starting } recovery && recovery.Target == target) >= view.Budgets.StartsAtOnce
            ? FailoverDecision.Wait($"{view.Budgets.StartsAtOnce.ToString(CultureInfo.InvariantCulture)} guests are being started on {target}; it is the next")
            : Record(guest, view, record, target, RecoveryState.Starting, $"it goes to {target}");
    }

    private static FailoverDecision GoOn(FailoverGuest guest, GuestRecovery recovery, FailoverView view, FailoverRecord record)
    {
        if (guest.Domains.FirstOrDefault(domain => domain.Value == DomainPresence.Running).Key is { } where)
        {
            return Record(guest, view, record, where, RecoveryState.Started, $"it runs on {where}");
        }

        if (guest.UnaskedHosts.Count > 0)
        {
            return FailoverDecision.Wait($"{string.Join(", ", guest.UnaskedHosts)} cannot be asked, and might run it");
        }

        if (guest.Refusal is { } refusal)
        {
            return new FailoverDecision([new FailoverEffect.RecordGuest(guest.Name, recovery.Target, null, record.Id, view.Epoch)], refusal);
        }

        var exclusion = Exclusions.Of(guest.Servers, guest.RequiresPowerOff, view.Exclusion);
        if (!exclusion.IsProven || IsMoving(guest, view))
        {
            return FailoverDecision.Wait(exclusion.IsProven ? "its move is being ended" : exclusion.Message);
        }

        if (!guest.Domains.ContainsKey(recovery.Target))
        {
            return new FailoverDecision([new FailoverEffect.Define(guest.Name, recovery.Target, record.Id, view.Epoch)], $"it is being defined on {recovery.Target}");
        }

        return exclusion.Unread.Count > 0
            ? new FailoverDecision([.. exclusion.Unread.Select(server => new FailoverEffect.VerifyStorage(new StorageFence(record.Id, view.Epoch, server, view.Host)))], $"the proof of {string.Join(", ", exclusion.Unread)} is read again before it is started")
            : new FailoverDecision([new FailoverEffect.Start(guest.Name, recovery.Target, record.Id, view.Epoch)], $"it is being started on {recovery.Target}");
    }

    /// <summary>What forbids to choose a place for a guest; null for nothing.</summary>
    private static string? WhyNotBegin(FailoverGuest guest, FailoverView view)
    {
        if (guest.Host != view.Host)
        {
            return $"it is on {guest.Host}";
        }

        if (guest.Refusal is { } refusal)
        {
            return refusal;
        }

        var exclusion = Exclusions.Of(guest.Servers, guest.RequiresPowerOff, view.Exclusion);
        if (!exclusion.IsProven)
        {
            return exclusion.Message;
        }

        if (IsMoving(guest, view))
        {
            return "its move is being ended";
        }

        return guest.UnaskedHosts.Count > 0 ? $"{string.Join(", ", guest.UnaskedHosts)} cannot be asked, and might run it" : null;
    }

    private static bool IsMoving(FailoverGuest guest, FailoverView view) => view.Moves.Any(move => move.Guest == guest.Name) || guest.Domains.Any(domain => domain.Value == DomainPresence.Arriving);

    /// <summary>Whether a guest could be started and its start was not sent yet. The next priority waits for that, and not for its end.</summary>
    private static bool IsToBeIssued(FailoverGuest guest, FailoverView view)
    {
        if (guest.Recovery is { State: RecoveryState.Starting } recovery && view.Owns(recovery))
        {
            return guest is { Refusal: null, UnaskedHosts.Count: 0 }
                && !(guest.Domains.TryGetValue(recovery.Target, out var presence) && (presence == DomainPresence.Running || view.Busy.Contains(FailoverEffect.Start.KeyOf(guest.Name, recovery.Target))))
                && Exclusions.Of(guest.Servers, guest.RequiresPowerOff, view.Exclusion).IsProven;
        }

        return CanBegin(guest, view);
    }

    private static FailoverDecision Record(FailoverGuest guest, FailoverView view, FailoverRecord record, string where, RecoveryState state, string message) =>
        new([new FailoverEffect.RecordGuest(guest.Name, where, new GuestRecovery(record.Id, view.Host, where, state), record.Id, view.Epoch)], message);
}
