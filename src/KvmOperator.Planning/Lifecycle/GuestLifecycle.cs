namespace KvmOperator.Planning.Lifecycle;

/// <summary>
/// Decides what comes next for a guest. Pure.
/// <code>
/// nowhere ──Create──► off ──Start──► running ──(ended by itself)──► off ──BackOff──► Start
///                      ▲                │
///                      └──PowerOff◄──ShutDown (Halted), Restart (asked for)     Evict (its host is drained)
/// unknown host ──► Ask, unless it is at its own home     two hosts ──► Conflict     somebody else's domain ──► NotOurs     nobody's domain that is asked for ──► Adopt
/// </code>
/// </summary>
public static class GuestLifecycle
{
    /// <summary>A guest that ran so long is not one that crashes all the time.</summary>
    private static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);

    /// <summary>The next step.</summary>
    /// <param name="guest">What is wanted, recorded and found.</param>
    /// <param name="now">The time.</param>
    public static GuestStep Next(GuestFacts guest, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var (record, sighting) = (guest.Record, guest.Sighting);
        if (sighting.Running.Count > 1)
        {
            return new GuestStep.Conflict(sighting.Running);
        }

        if (sighting.Running is [var host])
        {
            return WhileActive(guest, host, sighting.Domain!, now);
        }

        if (sighting.Unknown.Count > 0 && !IsNewHere(record, sighting) && !IsAtHome(record.Host, sighting))
        {
            var mayBeNew = record is { Host: null, Started: null } && sighting is { Defined.Count: 0, Foreign: null, IsAdoption: false };
            return new GuestStep.Ask(sighting.Unknown, mayBeNew);
        }

        if (sighting.Defined is [var home, ..])
        {
            return WhileOff(guest, home, sighting.Domain!, now);
        }

        if (sighting.Adoptable is { } adoptable)
        {
            return new GuestStep.Adopt(adoptable);
        }

        if (sighting.Foreign is { } foreign)
        {
            return new GuestStep.NotOurs(foreign);
        }

        return sighting.IsAdoption && record.Host is null ? new GuestStep.NothingToAdopt() : new GuestStep.Create();
    }

    /// <summary>
    /// A guest that this operator placed and never started is on the host that was written down, or nowhere: hosts that do not answer cannot have it running.
    /// </summary>
    private static bool IsNewHere(GuestRecord record, GuestSighting sighting) =>
        record is { Host: { } home, Started: null } && !sighting.IsAdoption && !sighting.Unknown.Contains(home, StringComparer.Ordinal);

    /// <summary>
    /// Whether the guest is off, and defined where it was last: then it is nowhere else, whoever else does not answer. Wherever it ran last, that host was written down while it answered, and a
    /// move takes the definition along. One that was moved by hand and left its definition behind says so; until then it is looked for.
    /// </summary>
    /// <param name="last">Where it was last, as it is recorded; null when it is not.</param>
    /// <param name="sighting">What was found.</param>
    public static bool IsAtHome(string? last, GuestSighting sighting) =>
        sighting is { Running.Count: 0, Defined: [var home, ..], Domain.LeftByMigration: false } && last == home && !sighting.Unknown.Contains(home, StringComparer.Ordinal);

    /// <summary>A host that does not answer at this moment may run the guest, unless it was never started and is on this one.</summary>
    /// <param name="record">What is recorded.</param>
    /// <param name="host">Where it is to be defined.</param>
    /// <param name="silent">The hosts that do not answer.</param>
    public static bool IsHindered(GuestRecord record, string host, IReadOnlyList<string> silent) =>
        record.Started is null && record.Host == host ? silent.Contains(host, StringComparer.Ordinal) : silent.Count > 0;

    /// <summary>
    /// Whether a guest that ran, and that its user wants to run, was just seen to have ended in order: its host may have ended it, since it is being shut down itself. That is nobody's wish for the
    /// guest, and is to be asked before anything is written down.
    /// </summary>
    public static bool MayBeItsHostsEnd(GuestFacts guest) =>
        guest is
        {
            Policy: RunPolicy.Always or RunPolicy.RerunOnFailure,
            Record.Run: RecordedRun.Running or RecordedRun.EndedWithHost,
            Sighting: { Running.Count: 0, Defined.Count: > 0, Domain.EndedInOrder: true },
        };

    /// <summary>How long to wait before the start after so many restarts in a row.</summary>
    public static TimeSpan BackOffAfter(int restarts) => restarts <= 0
        ? TimeSpan.Zero
        : TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, FirstBackOff.Ticks << Math.Min(restarts - 1, 16)));

    private static GuestStep WhileActive(GuestFacts guest, string host, GuestDomain domain, DateTimeOffset now)
    {
        if (guest.Policy == RunPolicy.Halted)
        {
            var until = (guest.Record.ShutdownRequested ?? now) + guest.ShutdownGrace;
            return now >= until ? new GuestStep.PowerOff(host) : new GuestStep.ShutDown(host, until);
        }

        if (domain.StartsUp)
        {
            return new GuestStep.StartUp(host);
        }

        if (domain.IsCrashed)
        {
            return new GuestStep.StandStill(host, "it crashed, and its process is kept as its domain wants (on_crash)", IsByStorage: false) { IsCrashed = true };
        }

        return domain.IsPaused
            ? new GuestStep.StandStill(host, domain.PausedByInputOutputError ? "its disk could not be written" : domain.PausedByMigration ? "a move broke" : "somebody paused it", domain.PausedByInputOutputError)
            : guest.IsEvicted ? new GuestStep.Evict(host) : WhileRunning(guest, host, now);
    }

    private static GuestStep WhileRunning(GuestFacts guest, string host, DateTimeOffset now)
    {
        switch (guest.Restart)
        {
            case { HasBegun: false }:
                return new GuestStep.Restart(host, now + guest.ShutdownGrace);
            case { HasBegun: true } when guest.Record.ShutdownRequested is { } requested && !(guest.Record.Started > requested):
                var until = requested + guest.ShutdownGrace;
                return now >= until ? new GuestStep.PowerOff(host) : new GuestStep.Restart(host, until);
            default:
                // It was started since, by whomever.
                return new GuestStep.Run(host);
        }
    }

    private static GuestStep WhileOff(GuestFacts guest, string host, GuestDomain domain, DateTimeOffset now)
    {
        var record = guest.Record;
        if (guest is { Restart.HasBegun: true, Policy: not RunPolicy.Halted })
        {
            return new GuestStep.Start(host, "a restart was asked for", 0);
        }

        var end = End(record, domain);
        var wanted = guest.Policy switch
        {
            RunPolicy.Always => true,
            RunPolicy.RerunOnFailure => end is not GuestEnd.InOrder,
            _ => false,
        };
        if (!wanted)
        {
            return new GuestStep.Rest(host, guest.Policy != RunPolicy.Halted && end == GuestEnd.InOrder);
        }

        // After a wished stop, and at the first start, there is nothing to be careful about.
        if (end == GuestEnd.Wished || record.Run is RecordedRun.Nothing or RecordedRun.EndedInOrder)
        {
            return new GuestStep.Start(host, record.Started is null ? "first start" : "it is wanted again", 0);
        }

        if (end == GuestEnd.Waiting)
        {
            return new GuestStep.Start(
                host,
                record.Run == RecordedRun.EndedWithHost ? $"{host} was shut down, and the guest with it"
                : record.Run == RecordedRun.Starting && record.LastStartReason is { } why ? why
                : "it is wanted again",
                record.RestartCount);
        }

        var stopped = record.Run == RecordedRun.Running ? now : record.RunSince ?? now;
        var restarts = stopped - record.Started > StableAfter ? 0 : record.RestartCount;
        var due = stopped + BackOffAfter(restarts);
        return now < due
            ? new GuestStep.BackOff(host, due)
            : new GuestStep.Start(host, domain.EndedByFailure ? $"it crashed on {host}" : $"it ended by itself on {host}", restarts + 1);
    }

    /// <summary>How a guest came to be off. Once it was written down, that counts: libvirt forgets the reason when it, or its host, is restarted.</summary>
    private static GuestEnd End(GuestRecord record, GuestDomain domain) => record switch
    {
        // Nothing is recorded of a guest that the cluster has just got to know: then libvirt's word counts. A domain that was never started has no end.
        { Started: null, Run: RecordedRun.Nothing } when domain.EndedInOrder => GuestEnd.InOrder,
        { Started: null } or { Run: RecordedRun.Stopped } => GuestEnd.Wished,
        { Run: RecordedRun.EndedInOrder } => GuestEnd.InOrder,

        // Its host fell silent after that, and may have been restarted meanwhile.
        { Run: RecordedRun.Unknown, HasEndedInOrder: true } => GuestEnd.InOrder,
        { Run: RecordedRun.CrashLoop } => GuestEnd.Failure,
        { Run: RecordedRun.EndedWithHost or RecordedRun.Starting or RecordedRun.Waiting } => GuestEnd.Waiting,

        // It was asked to, though its spec wants it to run: its host is drained, and it goes on elsewhere.
        { Run: RecordedRun.Running, ShutdownRequested: not null } when domain.EndedInOrder => GuestEnd.Waiting,
        _ => domain.EndedInOrder ? GuestEnd.InOrder : GuestEnd.Failure,
    };

    /// <summary>How a guest came to be off.</summary>
    private enum GuestEnd
    {
        /// <summary>The spec had it so, or it never ran.</summary>
        Wished,

        /// <summary>It shut itself down, or a person ended it.</summary>
        InOrder,

        /// <summary>It crashed, or its host did.</summary>
        Failure,

        /// <summary>Its start was decided and has not succeeded yet.</summary>
        Waiting,
    }
}
