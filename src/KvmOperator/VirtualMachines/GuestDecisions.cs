using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;

namespace KvmOperator.VirtualMachines;

/// <summary>
/// Decides what comes next for a guest. Pure.
/// <code>
/// nowhere ──Create──► off ──Start──► running ──(ended by itself)──► off ──BackOff──► Start
///                      ▲                │
///                      └──PowerOff◄──ShutDown (Halted)
/// unknown host ──► Ask, unless it is at its own home     two hosts ──► Conflict     somebody else's domain ──► NotOurs     nobody's domain that is asked for ──► Adopt
/// </code>
/// </summary>
internal static class GuestDecisions
{
    /// <summary>A guest that ran so long is not one that crashes all the time.</summary>
    private static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(10);

    /// <summary>Why a guest that is to be started is not running yet.</summary>
    private static readonly HashSet<string> StartWaits = new(StringComparer.Ordinal)
    {
        CommonReasons.InProgress, CommonReasons.StepFailed, CommonReasons.DependencyNotReady, VirtualMachineReasons.NoHostFits, VirtualMachineReasons.LinkedClones, VirtualMachineReasons.DomainNotOurs,
        VirtualMachineReasons.HostShuttingDown,
    };

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);

    /// <summary>The next step.</summary>
    /// <param name="spec">What is wanted.</param>
    /// <param name="status">What is recorded.</param>
    /// <param name="location">What was found.</param>
    /// <param name="now">The time.</param>
    public static GuestStep Next(VirtualMachineSpec spec, VirtualMachineStatus status, GuestLocation location, DateTimeOffset now)
    {
        if (location.Running.Count > 1)
        {
            return new GuestStep.Conflict(location.Running);
        }

        if (location.Running is [var host])
        {
            return WhileActive(spec, status, host, location.Domain!, now);
        }

        if (location.Unknown.Count > 0 && !IsNewHere(status, location) && !IsAtHome(status, location))
        {
            var mayBeNew = status is { Host: null, StartTime: null } && location is { Defined.Count: 0, Foreign: null, Adopted: null };
            return new GuestStep.Ask(location.Unknown, mayBeNew);
        }

        if (location.Defined is [var home, ..])
        {
            return WhileOff(spec, status, home, location.Domain!, now);
        }

        if (location.Adoptable is { } adoptable)
        {
            return new GuestStep.Adopt(adoptable);
        }

        if (location.Foreign is { } foreign)
        {
            return new GuestStep.NotOurs(foreign);
        }

        return location.Adopted is not null && status.Host is null ? new GuestStep.NothingToAdopt() : new GuestStep.Create();
    }

    /// <summary>
    /// A guest that this operator placed and never started is on the host that was written down, or nowhere: hosts that do not answer cannot have it running.
    /// </summary>
    private static bool IsNewHere(VirtualMachineStatus status, GuestLocation location) =>
        status is { Host: { } home, StartTime: null } && location.Adopted is null && !location.Unknown.Contains(home, StringComparer.Ordinal);

    /// <summary>
    /// Whether the guest is off, and defined where it was last: then it is nowhere else, whoever else does not answer. Wherever it ran last, that host was written down while it answered, and a
    /// move takes the definition along. One that was moved by hand and left its definition behind says so; until then it is looked for.
    /// </summary>
    /// <param name="status">What is recorded.</param>
    /// <param name="location">What was found.</param>
    public static bool IsAtHome(VirtualMachineStatus? status, GuestLocation location) =>
        location is { Running.Count: 0, Defined: [var home, ..], Domain.LeftByMigration: false } && status?.Host == home && !location.Unknown.Contains(home, StringComparer.Ordinal);

    /// <summary>A host that does not answer at this moment may run the guest, unless it was never started and is on this one.</summary>
    /// <param name="status">What is recorded.</param>
    /// <param name="host">Where it is to be defined.</param>
    /// <param name="silent">The hosts that do not answer.</param>
    public static bool IsHindered(VirtualMachineStatus status, string host, IReadOnlyList<string> silent) =>
        status.StartTime is null && status.Host == host ? silent.Contains(host, StringComparer.Ordinal) : silent.Count > 0;

    /// <summary>
    /// Whether a guest that ran, and that its user wants to run, was just seen to have ended in order: its host may have ended it, since it is being shut down itself. That is nobody's wish for the
    /// guest, and is to be asked before anything is written down.
    /// </summary>
    public static bool MayBeItsHostsEnd(VirtualMachineSpec spec, VirtualMachineStatus status, GuestLocation location) =>
        spec.RunStrategy is RunStrategy.Always or RunStrategy.RerunOnFailure
        && location is { Running.Count: 0, Defined.Count: > 0, Domain.EndedInOrder: true }
        && status.Conditions.Any(condition => condition is { Type: VirtualMachineConditions.Running } and ({ Status: "True" } or { Status: "False", Reason: VirtualMachineReasons.HostShuttingDown }));

    /// <summary>How long to wait before the start after so many restarts in a row.</summary>
    public static TimeSpan BackOffAfter(int restarts) => restarts <= 0
        ? TimeSpan.Zero
        : TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, FirstBackOff.Ticks << Math.Min(restarts - 1, 16)));

    private static GuestStep WhileActive(VirtualMachineSpec spec, VirtualMachineStatus status, string host, DomainObservation domain, DateTimeOffset now)
    {
        if (spec.RunStrategy == RunStrategy.Halted)
        {
            var until = (Utc(status.ShutdownRequestedTime) ?? now) + TimeSpan.FromSeconds(spec.TerminationGracePeriodSeconds);
            return now >= until ? new GuestStep.PowerOff(host) : new GuestStep.ShutDown(host, until);
        }

        if (domain.StartsUp)
        {
            return new GuestStep.StartUp(host);
        }

        if (domain.State == DomainState.Crashed)
        {
            return new GuestStep.StandStill(host, "it crashed, and its process is kept as its domain wants (on_crash)", IsByStorage: false) { IsCrashed = true };
        }

        return domain.State == DomainState.Paused
            ? new GuestStep.StandStill(host, domain.PausedByInputOutputError ? "its disk could not be written" : domain.PausedByMigration ? "a move broke" : "somebody paused it", domain.PausedByInputOutputError)
            : new GuestStep.Run(host);
    }

    private static GuestStep WhileOff(VirtualMachineSpec spec, VirtualMachineStatus status, string host, DomainObservation domain, DateTimeOffset now)
    {
        var running = status.Conditions.FirstOrDefault(condition => condition.Type == VirtualMachineConditions.Running);
        var end = End(status, running, domain);
        var wanted = spec.RunStrategy switch
        {
            RunStrategy.Always => true,
            RunStrategy.RerunOnFailure => end is not GuestEnd.InOrder,
            _ => false,
        };
        if (!wanted)
        {
            return new GuestStep.Rest(host, spec.RunStrategy != RunStrategy.Halted && end == GuestEnd.InOrder ? VirtualMachineReasons.EndedInOrder : VirtualMachineReasons.Stopped);
        }

        // After a wished stop, and at the first start, there is nothing to be careful about.
        if (end == GuestEnd.Wished || running is null or { Status: "False", Reason: VirtualMachineReasons.EndedInOrder })
        {
            return new GuestStep.Start(host, status.StartTime is null ? "first start" : "it is wanted again", 0);
        }

        if (end == GuestEnd.Waiting)
        {
            if (running.Reason == VirtualMachineReasons.HostShuttingDown)
            {
                return new GuestStep.Start(host, $"{host} was shut down, and the guest with it", status.RestartCount ?? 0);
            }

            return new GuestStep.Start(host, running.Reason is CommonReasons.InProgress or CommonReasons.StepFailed && status.LastStartReason is { } why ? why : "it is wanted again", status.RestartCount ?? 0);
        }

        var stopped = running.Status == "True" ? now : Utc(running.LastTransitionTime) ?? now;
        var restarts = stopped - Utc(status.StartTime) > StableAfter ? 0 : status.RestartCount ?? 0;
        var due = stopped + BackOffAfter(restarts);
        return now < due
            ? new GuestStep.BackOff(host, due)
            : new GuestStep.Start(host, domain.EndedByFailure ? $"it crashed on {host}" : $"it ended by itself on {host}", restarts + 1);
    }

    /// <summary>How a guest came to be off. Once it was written down, that counts: libvirt forgets the reason when it, or its host, is restarted.</summary>
    private static GuestEnd End(VirtualMachineStatus status, V1Condition? running, DomainObservation domain) => (status.StartTime, running) switch
    {
        // Nothing is recorded of a guest that the cluster has just got to know: then libvirt's word counts. A domain that was never started has no end.
        (null, null) when domain.EndedInOrder => GuestEnd.InOrder,
        (null, _) or (_, { Status: "False", Reason: VirtualMachineReasons.Stopped }) => GuestEnd.Wished,
        (_, { Status: "False", Reason: VirtualMachineReasons.EndedInOrder }) => GuestEnd.InOrder,
        (_, { Status: "False", Reason: VirtualMachineReasons.CrashLoopBackOff }) => GuestEnd.Failure,
        (_, { Status: "False" } waiting) when StartWaits.Contains(waiting.Reason) => GuestEnd.Waiting,
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

    private static DateTimeOffset? Utc(DateTime? time) => time is { } known ? new DateTimeOffset(DateTime.SpecifyKind(known, DateTimeKind.Utc)) : null;
}
