using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;

namespace KvmOperator.VmMigrations;

/// <summary>One pass over a move: what is said of it so far, and how it goes from phase to phase. What goes on returns after which time; what is over returns null.</summary>
internal sealed class MigrationPass(
    VmMigration move,
    ConditionList conditions,
    StatusWriter<VmMigration> writer,
    IEventRecorder events,
    IEntityStore<VmMigration> moves,
    IEntityStore<VirtualMachine> machines,
    TimeProvider clock)
{
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

    /// <summary>Whether the time of its spec is up, counted from when something began to stand in the way: for a move that has not begun.</summary>
    public bool HasWaitedTooLong => IsOver(Status.WaitingSince);

    /// <summary>Whether the time of its spec is up, counted from its start.</summary>
    public bool HasRunTooLong => IsOver(Status.StartTime);

    /// <summary>Writes the status, if it changed.</summary>
    /// <exception cref="InvalidOperationException">Another operator that leads now has brought the move further: this pass is about what was before.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (moves.Get(EntityKey.Of(move)) is { Status.Phase: { } known } stored && stored.Uid() == move.Uid() && known > Status.Phase)
        {
            throw new InvalidOperationException($"the move is {known} by now, and is not set back to {Status.Phase}");
        }

        Status = Status with { ObservedGeneration = move.Metadata.Generation, Conditions = conditions.ToList() };
        await writer.WriteAsync(move, cancellationToken);
    }

    /// <summary>Writes numbers that move all the time, now and then.</summary>
    public async Task WriteProgressAsync(CancellationToken cancellationToken) => await writer.WriteProgressAsync(move, MigrationIntervals.Progress, cancellationToken);

    /// <summary>Writes down that a phase begins; its work begins with the next pass.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="delay">When the next pass is due; at once unless told.</param>
    public async Task<TimeSpan?> EnterAsync(VmMigrationPhase phase, CancellationToken cancellationToken, TimeSpan? delay = null)
    {
        Status = Entered(Status, phase);
        await WriteAsync(cancellationToken);
        return delay ?? MigrationIntervals.AtOnce;
    }

    /// <summary>The move is over, or was ended: both hosts are asked next.</summary>
    public Task<TimeSpan?> VerifyAsync(string reason, string message, CancellationToken cancellationToken)
    {
        conditions.Unknown(CommonConditions.Succeeded, reason, message);
        return EnterAsync(VmMigrationPhase.Verifying, cancellationToken);
    }

    /// <summary>Remembers that something stands in the way.</summary>
    public void Obstructed() => Status = Status with { WaitingSince = Status.WaitingSince ?? Now };

    /// <summary>Says what the move waits for, and ends it when that takes too long. Nothing was changed yet.</summary>
    public async Task<TimeSpan?> WaitAsync(MigrationWait wait, CancellationToken cancellationToken)
    {
        switch (wait)
        {
            case MigrationWait.Turn:
                Status = Status with { WaitingSince = null };
                break;
            case MigrationWait.Obstacle:
                Obstructed();
                if (HasWaitedTooLong)
                {
                    return await EndAsync(VmMigrationPhase.Failed, wait.Reason, $"{wait.Message}; the time of spec.timeoutSeconds is up. Create a new VmMigration.", cancellationToken);
                }

                break;
        }

        conditions.Unknown(CommonConditions.Succeeded, wait.Reason, $"it waits: {wait.Message}");
        await WriteAsync(cancellationToken);
        return MigrationIntervals.Wait;
    }

    /// <summary>Writes down how the move ended, and tells its users and the guest's.</summary>
    public async Task<TimeSpan?> EndAsync(VmMigrationPhase phase, string reason, string message, CancellationToken cancellationToken)
    {
        if (phase == VmMigrationPhase.Succeeded)
        {
            conditions.True(CommonConditions.Succeeded, reason, message);
        }
        else
        {
            conditions.False(CommonConditions.Succeeded, reason, message);
        }

        Status = Entered(Status.Phase is null ? Entered(Status, VmMigrationPhase.Pending) : Status, phase) with { CompletionTime = Now };
        await WriteAsync(cancellationToken);
        var type = phase == VmMigrationPhase.Succeeded ? EventType.Normal : EventType.Warning;
        events.Publish(move, reason, message, type);
        if (Machine is { } machine && reason is not (VmMigrationReasons.AlreadyThere or VmMigrationReasons.AlreadyDone))
        {
            events.Publish(machine, reason, $"VmMigration {move.Name()}: {message}", type);
        }

        return null;
    }

    /// <summary>The status in its next phase.</summary>
    /// <exception cref="InvalidOperationException">The phase may not follow: a mistake of the caller.</exception>
    public VmMigrationStatus Entered(VmMigrationStatus status, VmMigrationPhase phase)
    {
        if (status.Phase is { } before && !VmMigrationStates.Next[before].Contains(phase))
        {
            throw new InvalidOperationException($"{phase} does not follow {before}");
        }

        return status with { Phase = phase, WaitingSince = null, PhaseTransitions = [.. status.PhaseTransitions, new PhaseTransition { Phase = phase, Time = Now }] };
    }

    /// <summary>Tells the move's users that something was done.</summary>
    public void Publish(string reason, string message) => events.Publish(move, reason, message);

    private bool IsOver(DateTime? since) => since is { } began && Now - began > TimeSpan.FromSeconds(move.Spec.TimeoutSeconds);
}
