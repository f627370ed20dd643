using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Planning.Lifecycle;

namespace KvmOperator.Inventory.Guests;

/// <summary>Reads a guest's object, and what was seen of it, for <see cref="GuestLifecycle"/>. Pure.</summary>
internal static class GuestReading
{
    /// <summary>Why a guest that is to be started is not running yet.</summary>
    private static readonly HashSet<string> StartWaits = new(StringComparer.Ordinal)
    {
        CommonReasons.DependencyNotReady, VirtualMachineReasons.NoHostFits, VirtualMachineReasons.LinkedClones, VirtualMachineReasons.DomainNotOurs,
    };

    /// <summary>Everything that decides what comes next.</summary>
    /// <param name="spec">What is wanted.</param>
    /// <param name="status">What is recorded.</param>
    /// <param name="location">What was found.</param>
    public static GuestFacts Facts(VirtualMachineSpec spec, VirtualMachineStatus status, GuestLocation location) =>
        new(Policy(spec.RunStrategy), TimeSpan.FromSeconds(spec.TerminationGracePeriodSeconds), Record(status), Sighting(location));

    /// <summary>What is recorded.</summary>
    public static GuestRecord Record(VirtualMachineStatus status)
    {
        var running = status.Conditions.FirstOrDefault(condition => condition.Type == VirtualMachineConditions.Running);
        return new GuestRecord
        {
            Host = status.Host,
            Started = Utc(status.StartTime),
            HasEndedInOrder = status.EndedInOrderTime is not null,
            ShutdownRequested = Utc(status.ShutdownRequestedTime),
            RestartCount = status.RestartCount ?? 0,
            LastStartReason = status.LastStartReason,
            Run = Run(running),
            RunSince = Utc(running?.LastTransitionTime),
        };
    }

    /// <summary>Where it was found.</summary>
    public static GuestSighting Sighting(GuestLocation location) => new(location.Running, location.Defined, location.Unknown)
    {
        Domain = location.Domain is { } domain ? Domain(domain) : null,
        Foreign = location.Foreign,
        IsAdoption = location.Adopted is not null,
        Adoptable = location.Adoptable,
    };

    private static GuestDomain Domain(DomainObservation domain) => new()
    {
        StartsUp = domain.StartsUp,
        IsCrashed = domain.State == DomainState.Crashed,
        IsPaused = domain.State == DomainState.Paused,
        PausedByInputOutputError = domain.PausedByInputOutputError,
        PausedByMigration = domain.PausedByMigration,
        EndedInOrder = domain.EndedInOrder,
        EndedByFailure = domain.EndedByFailure,
        LeftByMigration = domain.LeftByMigration,
    };

    private static RunPolicy Policy(RunStrategy strategy) => strategy switch
    {
        RunStrategy.Always => RunPolicy.Always,
        RunStrategy.RerunOnFailure => RunPolicy.RerunOnFailure,
        RunStrategy.Halted => RunPolicy.Halted,
        _ => RunPolicy.Manual,
    };

    private static RecordedRun Run(V1Condition? running) => running switch
    {
        null => RecordedRun.Nothing,
        { Status: "True" } => RecordedRun.Running,
        { Status: "Unknown" } => RecordedRun.Unknown,
        { Status: "False", Reason: VirtualMachineReasons.Stopped } => RecordedRun.Stopped,
        { Status: "False", Reason: VirtualMachineReasons.EndedInOrder } => RecordedRun.EndedInOrder,
        { Status: "False", Reason: VirtualMachineReasons.CrashLoopBackOff } => RecordedRun.CrashLoop,
        { Status: "False", Reason: VirtualMachineReasons.HostShuttingDown } => RecordedRun.EndedWithHost,
        { Status: "False", Reason: CommonReasons.InProgress or CommonReasons.StepFailed } => RecordedRun.Starting,
        { Status: "False" } waiting when StartWaits.Contains(waiting.Reason) => RecordedRun.Waiting,
        _ => RecordedRun.Unclear,
    };

    private static DateTimeOffset? Utc(DateTime? time) => time is { } known ? new DateTimeOffset(DateTime.SpecifyKind(known, DateTimeKind.Utc)) : null;
}
