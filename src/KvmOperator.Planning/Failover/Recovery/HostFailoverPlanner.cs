using System.Globalization;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>
/// Decides what comes next for a host that is silent, failed, or came back. Pure, and without memory: the same record, read by whichever leader, goes on from where it is.
/// <code>
/// (healthy) → Suspected ⇄ Isolated ⇄ Held → (healthy)
///     └──────────┴──→ Fencing → Fenced → Recovering → Recovered → Returning → (healthy) or Quarantined
///                        ↑________________________________│            └ silent again: a new failure
/// </code>
/// Every state is written before what follows from it is done. From <see cref="FailoverState.Fencing"/> on there is no way back but through <see cref="FailoverState.Returning"/>: what was sent may still be done.
/// </summary>
public static class HostFailoverPlanner
{
    /// <summary>What begins now.</summary>
    public static FailoverDecision Next(FailoverView view) => view.Record switch
    {
        null => Begin(view),
        { State: FailoverState.Suspected or FailoverState.Isolated or FailoverState.Held } record => Doubt(view, record),
        { State: FailoverState.Returning } record => Return(view, record),
        { State: FailoverState.Quarantined } record => Rest(view, record),
        var record => ShutOut(view, record),
    };

    /// <summary>Whether everything that can write to a store is shut out: the host provably runs nothing that counts (the condition <c>Fenced</c>).</summary>
    public static bool IsShutOut(FailoverView view)
    {
        var exclusion = view.Exclusion;
        return view.Record is { State: FailoverState.Fenced or FailoverState.Recovering or FailoverState.Recovered or FailoverState.Returning }
            && (exclusion.IsCleaned
                || exclusion.IsOff
                || (view.Record.State != FailoverState.Returning && view.Servers.Count > 0 && view.Servers.All(server => server.Refusal is null && StateOf(view, server) != ProofState.None)));
    }

    private static FailoverDecision Begin(FailoverView view) => view.Verdict switch
    {
        { State: DetectionState.Suspected } => Write(view, NewRecord(view, FailoverState.Suspected)),
        { State: DetectionState.Isolated } => Write(view, NewRecord(view, FailoverState.Isolated)),
        { State: DetectionState.Held, Held: HoldReason.NothingToLose } => FailoverDecision.Wait(view.Verdict.Message),
        { State: DetectionState.Held } => Write(view, NewRecord(view, FailoverState.Held)),
        { State: DetectionState.Failed } => Convict(view, NewRecord(view, FailoverState.Suspected)),
        _ => FailoverDecision.Wait(view.Verdict.Message),
    };

    private static FailoverDecision Doubt(FailoverView view, FailoverRecord record)
    {
        if (view.ConfirmedId == record.Id && !view.IsAlive && view.Verdict.State != DetectionState.PreSuspected)
        {
            return Write(view, At(view, record, FailoverState.Fencing) with { IsConfirmedOff = true, CountsForStorm = false, Decided = view.Now, Held = HoldReason.None });
        }

        return view.Verdict.State switch
        {
            DetectionState.Healthy => End(view, record, $"it answers again after {Seconds(view.Now - record.Since)}"),
            DetectionState.Suspected => Follow(view, record, FailoverState.Suspected),
            DetectionState.Isolated => Follow(view, record, FailoverState.Isolated),
            DetectionState.Held => Follow(view, record, FailoverState.Held),
            DetectionState.Failed => Convict(view, record),
            _ => FailoverDecision.Wait(view.Verdict.Message),
        };
    }

    /// <summary>The verdict is written when it is another one; what was seen in between is not.</summary>
    private static FailoverDecision Follow(FailoverView view, FailoverRecord record, FailoverState state) => record.State == state && record.Held == view.Verdict.Held
        ? FailoverDecision.Wait(view.Verdict.Message)
        : Write(view, At(view, record, state) with { Held = view.Verdict.Held, Evidence = view.Verdict.Evidence });

    private static FailoverDecision Convict(FailoverView view, FailoverRecord record)
    {
        if (!view.HasController && view.Servers.All(server => server.Refusal is not null))
        {
            return record is { State: FailoverState.Held, Held: HoldReason.NoMethod }
                ? FailoverDecision.Wait($"it has failed, and there is no way to prove that it cannot write. {view.Remedy}")
                : Write(view, At(view, record, FailoverState.Held) with { Held = HoldReason.NoMethod, Evidence = view.Verdict.Evidence });
        }

        return Write(view, At(view, record, FailoverState.Fencing) with
        {
            Held = HoldReason.None, Evidence = view.Verdict.Evidence, CountsForStorm = view.Verdict.CountsForStorm, Decided = view.Now,
        });
    }

    private static FailoverDecision ShutOut(FailoverView view, FailoverRecord record)
    {
        if (LearnedProofs(view, record) is { } learned)
        {
            return Write(view, learned);
        }

        var usable = view.Servers.Where(server => server.Refusal is null).ToList();
        var unproven = usable.Where(server => StateOf(view, server) == ProofState.None).ToList();
        if (record.State != FailoverState.Fencing && unproven.Count > 0)
        {
            return Write(view, At(view, record, FailoverState.Fencing));
        }

        if (usable.Count == 0 && view.IsAnswering && !view.Guests.Any(guest => view.Owns(guest.Recovery)))
        {
            // Switching off leaves nothing behind that would have to be taken away, and nothing of it was started elsewhere.
            return End(view, record, "it answers again, and nothing of it was started elsewhere");
        }

        List<FailoverEffect> effects =
        [
            .. unproven.Select(server => new FailoverEffect.FenceStorage(Fence(view, record, server))),
            .. usable.Where(server => StateOf(view, server) != ProofState.None && !(server.ReadAge < view.Budgets.ProofInterval)).Select(server => new FailoverEffect.VerifyStorage(Fence(view, record, server))),
            .. view.Peers.Where(peer => peer.LetsIn != false).Select(peer => new FailoverEffect.ForgetKey(peer.Name, view.Host, record.Id, view.Epoch)),
            .. view.Moves.Select(move => new FailoverEffect.EndMove(move, move.Source == view.Host ? move.Target : move.Source, record.Id, view.Epoch)),
        ];
        if (view.HasController && !view.IsAnswering && !(record.IsPoweredOff && view.IsOff))
        {
            effects.Add(new FailoverEffect.PowerOff(view.Host, record.Id, view.Epoch));
        }

        if (record.State == FailoverState.Fencing)
        {
            return unproven.Count == 0 && (usable.Count > 0 || view.Exclusion.IsOff)
                ? Write(view, At(view, record, FailoverState.Fenced), effects)
                : Do(view, effects, $"it is being shut out: {(unproven.Count > 0 ? string.Join(", ", unproven.Select(server => server.Name)) : "its management controller")} has not confirmed it yet");
        }

        if (view is { IsAnswering: true, Domains: { Count: > 0 } stale })
        {
            // The very first thing after a thaw: until its next write the old guest is on the network.
            effects.Add(new FailoverEffect.DestroyStale(view.Host, stale, record.Id, view.Epoch));
        }
        else if (view is { IsAnswering: true, Domains: not null, Exclusion.IsCleaned: false } && view.Guests.Any(guest => IsStarting(guest, view) && !Exclusions.Of(guest.Servers, guest.RequiresPowerOff, view.Exclusion).IsProven))
        {
            // What proved it was that the machine is off, and it is not any more. That it is clean proves it too.
            effects.Add(new FailoverEffect.Clean(view.Host, record.Id, view.Epoch));
        }

        var starting = view.Guests.Count(guest => IsStarting(guest, view));
        var state = starting > 0 || view.Guests.Any(guest => GuestRecoveryPlanner.CanBegin(guest, view)) ? FailoverState.Recovering
            : view is { IsAnswering: true, Domains.Count: 0 } && record.State == FailoverState.Recovered ? FailoverState.Returning
            : FailoverState.Recovered;
        var isForward = state > record.State || (state == FailoverState.Recovering && record.State == FailoverState.Recovered && starting > 0);
        return isForward ? Write(view, At(view, record, state), effects) : Do(view, effects, Told(view, starting));
    }

    private static FailoverDecision Return(FailoverView view, FailoverRecord record)
    {
        if (!view.IsAnswering)
        {
            return view.Verdict.State == DetectionState.Failed || (view.ConfirmedId == record.Id && !view.IsAlive && view.Verdict.State != DetectionState.PreSuspected)
                ? Convict(view, NewRecord(view, FailoverState.Suspected))
                : FailoverDecision.Wait($"it was coming back and is silent again: {view.Verdict.Message}");
        }

        if (view.Boot is null || record.CleanedBoot != view.Boot)
        {
            return IsNewlyCleaned(view, record)
                ? Write(view, record with { CleanedBoot = view.Boot, Epoch = view.Epoch })
                : Do(view, [new FailoverEffect.Clean(view.Host, record.Id, view.Epoch)], "it is being cleaned before it is let in. If that fails again and again, restart the machine");
        }

        if (view.Guests.Count(guest => IsStarting(guest, view)) is > 0 and var starting)
        {
            return FailoverDecision.Wait($"{Number(starting)} of its guests are being started elsewhere; then it is let in");
        }

        var marked = view.Servers.Where(server => server is { Refusal: null, IsMarked: not false }).ToList();
        if (marked.Count > 0)
        {
            return Do(view, [.. marked.Select(server => new FailoverEffect.UnfenceStorage(Fence(view, record, server)))], $"it is being let in again by {string.Join(", ", marked.Select(server => server.Name))}");
        }

        if (!view.IsReady || view.WellFor < view.Budgets.Stable)
        {
            return FailoverDecision.Wait($"it is let in again, and takes guests when it has been ready for {Seconds(view.Budgets.Stable)}");
        }

        var failures = view.Failures.Count(time => view.Now - time < view.Budgets.FlapWindow);
        return failures >= view.Budgets.Flaps
            ? Write(view, At(view, record, FailoverState.Quarantined))
            : End(view, record, "it is back");
    }

    private static FailoverDecision Rest(FailoverView view, FailoverRecord record) => view.Verdict.State == DetectionState.Failed
        ? Convict(view, NewRecord(view, FailoverState.Suspected))
        : view.Now - record.Since >= view.Budgets.Quarantine
            ? End(view, record, "its quarantine is over")
            : FailoverDecision.Wait($"it failed {Number(view.Budgets.Flaps)} times within {Number((int)view.Budgets.FlapWindow.TotalMinutes)} minutes; its guests may leave and none come for {Number((int)view.Budgets.Quarantine.TotalMinutes)} minutes");

    /// <summary>The record with what this process learned and nobody wrote down yet; null for nothing new.</summary>
    private static FailoverRecord? LearnedProofs(FailoverView view, FailoverRecord record)
    {
        var proofs = record.Proofs;
        foreach (var server in view.Servers)
        {
            if (server is { NewProof: { } proof, IsBroken: false } && proof.FailoverId == record.Id && (server.Boot is null || server.Boot == proof.Boot) && !proofs.Any(known => known.Server == proof.Server && known.Boot == proof.Boot && known.FailoverId == proof.FailoverId))
            {
                proofs = [.. proofs.Where(known => known.Server != proof.Server), proof];
            }
        }

        var learned = record with
        {
            Proofs = proofs,
            // Whoever gives a sign of life is not off, and when it is silent again, that is another silence.
            IsPoweredOff = !view.IsAlive && (record.IsPoweredOff || (view.HasController && view.IsOff)),
            CleanedBoot = IsNewlyCleaned(view, record) ? view.Boot : record.CleanedBoot,
            IsConfirmedOff = !view.IsAlive && (record.IsConfirmedOff || view.ConfirmedId == record.Id),
        };
        return learned != record ? learned with { Epoch = view.Epoch } : null;
    }

    private static string Told(FailoverView view, int starting)
    {
        var started = view.Guests.Count(guest => guest.Recovery is { State: RecoveryState.Started } && view.Owns(guest.Recovery));
        var left = view.Guests.Count(guest => guest.Host == view.Host && guest.Refusal is null);
        return string.Create(CultureInfo.InvariantCulture, $"it is shut out; of its guests {started} run elsewhere, {starting} are being started, {left} wait");
    }

    private static bool IsNewlyCleaned(FailoverView view, FailoverRecord record) => view is { Boot: { } boot, NewlyCleaned: { } cleaned } && cleaned.Boot == boot && cleaned.FailoverId == record.Id;

    private static bool IsStarting(FailoverGuest guest, FailoverView view) => guest.Recovery is { State: RecoveryState.Starting } && view.Owns(guest.Recovery);

    private static ProofState StateOf(FailoverView view, ServerView server) =>
        StorageProofs.StateOf(view.Record?.Id ?? string.Empty, view.Record?.Proofs.FirstOrDefault(proof => proof.Server == server.Name), server, view.Budgets);

    private static StorageFence Fence(FailoverView view, FailoverRecord record, ServerView server) => new(record.Id, view.Epoch, server.Name, view.Host);

    private static FailoverRecord NewRecord(FailoverView view, FailoverState state) => new(view.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture), state, view.Now, view.Epoch)
    {
        Held = view.Verdict.Held, Evidence = view.Verdict.Evidence, CountsForStorm = view.Verdict.CountsForStorm,
    };

    private static FailoverRecord At(FailoverView view, FailoverRecord record, FailoverState state) => record with { State = state, Since = view.Now, Epoch = view.Epoch };

    private static FailoverDecision Write(FailoverView view, FailoverRecord record, IEnumerable<FailoverEffect>? others = null) =>
        Do(view, [new FailoverEffect.RecordHost(view.Host, record, record.Id, view.Epoch), .. others ?? []], $"{record.State}: {view.Verdict.Message}");

    private static FailoverDecision End(FailoverView view, FailoverRecord record, string message) => Do(view, [new FailoverEffect.RecordHost(view.Host, null, record.Id, view.Epoch)], message);

    private static FailoverDecision Do(FailoverView view, IEnumerable<FailoverEffect> effects, string message) => new([.. effects.Where(effect => !view.Busy.Contains(effect.Key))], message);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
