using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Inventory;
using KvmOperator.Reconciling;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using Microsoft.Extensions.Logging;
using static KvmOperator.Reconciling.Outcome<KvmOperator.Api.VmMigrations.VmMigrationPhase>;

namespace KvmOperator.VmMigrations;

/// <summary>One pass over a move: what is said of it so far, and how what a handler wants becomes its status.</summary>
internal sealed class MigrationPass(
    VmMigration move,
    ConditionList conditions,
    StatusWriter<VmMigration> writer,
    IEventRecorder events,
    IEntityStore<VmMigration> moves,
    IEntityStore<VirtualMachine> machines,
    ILogger logger,
    TimeProvider clock) : IPhaseScope<VmMigrationPhase>
{
    private VmMigrationPhase? told = move.Status?.Phase;

    /// <summary>The move.</summary>
    public VmMigration Move => move;

    /// <summary>What it asks for.</summary>
    public VmMigrationSpec Spec => move.Spec;

    /// <summary>What is to be written, but for the conditions.</summary>
    public VmMigrationStatus Status
    {
        get => move.Status ??= new VmMigrationStatus();
        set => move.Status = value;
    }

    /// <summary>What is said in this pass.</summary>
    public ConditionList Conditions => conditions;

    /// <summary>The guest; null when there is no such object.</summary>
    public VirtualMachine? Machine => machines.Get(new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name));

    /// <summary>The time in whole seconds, as the API keeps it.</summary>
    public DateTime Now => clock.GetStatusTime();

    /// <summary>Whether the time of its spec is up, counted from its start.</summary>
    public bool HasRunTooLong => IsOver(Status.StartTime);

    /// <summary>A new move is Pending from its first pass on.</summary>
    public void Begin()
    {
        if (Status.Phase is null)
        {
            Status = Entered(VmMigrationPhase.Pending) with { Reason = Status.Reason ?? OwnMoves.Reason(move) ?? "asked for" };
        }
    }

    /// <summary>The next phase begins at once.</summary>
    public static Outcome<VmMigrationPhase> Next(VmMigrationPhase phase) => new Advance(phase, MigrationIntervals.AtOnce);

    /// <summary>The move is over, or was ended: both hosts are asked next.</summary>
    public Outcome<VmMigrationPhase> Verify(string reason, string message)
    {
        conditions.Unknown(CommonConditions.Succeeded, reason, message);
        return Next(VmMigrationPhase.Verifying);
    }

    /// <summary>What the move waits for, unless that took too long: then it is over. Nothing was changed yet.</summary>
    public Outcome<VmMigrationPhase> WaitFor(MigrationWait wait)
    {
        if (wait is MigrationWait.Turn)
        {
            Status = Status with { WaitingSince = null };
        }
        else if (wait is MigrationWait.Obstacle && HasWaitedTooLong())
        {
            return new Fail(wait.Reason, $"{wait.Message}; the time of spec.timeoutSeconds is up. Create a new VmMigration.");
        }

        return new Wait(wait.Reason, $"it waits: {wait.Message}", MigrationIntervals.Wait);
    }

    /// <summary>
    /// A host did not answer. Before anything was begun that is an obstacle like others, with a limit. After that no outcome is written while it is not known; the phase says where it goes on.
    /// </summary>
    public Outcome<VmMigrationPhase> Unanswered(string message) => !VmMigrationPhases.HoldsGuest(Status.Phase) && HasWaitedTooLong()
        ? new Fail(CommonReasons.DependencyNotReady, $"{message.TrimEnd('.')}; the time of spec.timeoutSeconds is up. Nothing was changed; create a new VmMigration.")
        : new Wait(VmMigrationReasons.OutcomeUnknown, MigrationReports.NoAnswer(message), MigrationIntervals.AskAgain);

    /// <inheritdoc/>
    public TimeSpan? Take(Outcome<VmMigrationPhase> outcome)
    {
        switch (outcome)
        {
            case Stay stay:
                return stay.After;
            case Progress progress:
                return progress.After;
            case Wait wait:
                conditions.Unknown(CommonConditions.Succeeded, wait.Reason, wait.Message);
                return wait.After;
            case Advance advance:
                Status = Entered(advance.Phase);
                return advance.After;
            case Done done:
                conditions.True(CommonConditions.Succeeded, done.Reason, done.Message);
                End(VmMigrationPhase.Succeeded);
                return null;
            case Fail fail:
                conditions.False(CommonConditions.Succeeded, fail.Reason, fail.Message);
                End(VmMigrationPhase.Failed);
                return null;
            default:
                throw new NotSupportedException(outcome.ToString());
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (moves.Get(EntityKey.Of(move)) is { Status.Phase: { } known } stored && stored.Uid() == move.Uid() && known > Status.Phase)
        {
            throw new InvalidOperationException($"the move is {known} by now, and is not set back to {Status.Phase}");
        }

        Status = Status with { ObservedGeneration = move.Metadata.Generation, Conditions = conditions.ToList() };
        await writer.WriteAsync(move, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task WriteProgressAsync(CancellationToken cancellationToken)
    {
        Status = Status with { Conditions = conditions.ToList() };
        await writer.WriteProgressAsync(move, MigrationIntervals.Progress, cancellationToken);
    }

    /// <inheritdoc/>
    public void Tell(Outcome<VmMigrationPhase> outcome)
    {
        if (Status.Phase != told)
        {
            var said = conditions.Find(CommonConditions.Succeeded);
            logger.LogInformation("{Move}: {Before} -> {Phase}: {Reason}: {Message}", EntityKey.Of(move), told, Status.Phase, said?.Reason, said?.Message);
            told = Status.Phase;
        }

        switch (outcome)
        {
            case Done done:
                TellEnd(done.Reason, done.Message, EventType.Normal);
                break;
            case Fail fail:
                TellEnd(fail.Reason, fail.Message, EventType.Warning);
                break;
        }

        foreach (var (reason, message) in outcome.Events)
        {
            events.Publish(move, reason, message);
        }
    }

    /// <summary>How a move ended is told to its users and to the guest's; what changed nothing for the guest only to its own.</summary>
    private void TellEnd(string reason, string message, EventType type)
    {
        events.Publish(move, reason, message, type);
        if (Machine is { } machine && reason is not (VmMigrationReasons.AlreadyThere or VmMigrationReasons.AlreadyDone))
        {
            events.Publish(machine, reason, $"VmMigration {move.Name()}: {message}", type);
        }
    }

    private void End(VmMigrationPhase phase)
    {
        if (Status.Phase is null)
        {
            Status = Entered(VmMigrationPhase.Pending);
        }

        Status = Entered(phase) with { CompletionTime = Now };
    }

    /// <summary>The status in its next phase.</summary>
    /// <exception cref="InvalidOperationException">The phase may not follow: a mistake of the caller.</exception>
    private VmMigrationStatus Entered(VmMigrationPhase phase)
    {
        if (Status.Phase is { } before && !VmMigrationStates.Next[before].Contains(phase))
        {
            throw new InvalidOperationException($"{phase} does not follow {before}");
        }

        return Status with { Phase = phase, WaitingSince = null, PhaseTransitions = [.. Status.PhaseTransitions, new PhaseTransition { Phase = phase, Time = Now }] };
    }

    /// <summary>Remembers that something stands in the way, and says whether it has done so for longer than the spec allows a move that has not begun.</summary>
    private bool HasWaitedTooLong()
    {
        Status = Status with { WaitingSince = Status.WaitingSince ?? Now };
        return IsOver(Status.WaitingSince);
    }

    private bool IsOver(DateTime? since) => since is { } began && Now - began > TimeSpan.FromSeconds(move.Spec.TimeoutSeconds);
}
