using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;
using KvmOperator.Planning.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using KvmOperator.VirtualMachines;
using HostsProgress = KvmOperator.Hosts.Libvirt.MigrationProgress;

namespace KvmOperator.VmMigrations;

/// <summary>
/// Moves a guest once. Each phase has one handler; what may follow is in <see cref="VmMigrationStates"/>. A phase is written down before its work
/// begins, and the work is found again by its name, so whoever comes after a killed operator goes on where it was.
/// </summary>
internal sealed class VmMigrationController(
    GuestHosts guestHosts,
    IMigrationHosts migrationHosts,
    MigrationVerification verification,
    IMigrations migrations,
    HostObservations observations,
    IEntityStore<VmMigration> moves,
    IEntityStore<VirtualMachine> machines,
    IEntityStore<KvmHost> hosts,
    IEntityStore<NfsStore> stores,
    PlacementGate gate,
    StatusWriter<VmMigration> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityController<VmMigration>
{
    /// <summary>What libvirt takes by itself; it need not be told.</summary>
    private const int LibvirtsDowntime = 300;

    private static readonly TimeSpan WaitInterval = TimeSpan.FromSeconds(3);

    /// <summary>Most of the time between two looks at a running move is spent on the host, which notices the end at once.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WatchPatience = TimeSpan.FromSeconds(1.5);

    /// <summary>It is seen soon that memory is sent.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AskAgainInterval = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<VmMigration>> ReconcileAsync(VmMigration entity, CancellationToken cancellationToken)
    {
        if (entity.GetAnnotation(Annotations.Paused) == "true" || VmMigrationStates.IsEnd(entity.Status?.Phase))
        {
            return ReconciliationResult<VmMigration>.Success(entity);
        }

        entity.Status ??= new VmMigrationStatus();
        var conditions = new ConditionList(entity.Status.Conditions, VmMigrationConditions.All, entity.Metadata.Generation, clock);
        if (!conditions.Accepts(VmMigrationValidator.Validate(entity)))
        {
            await EndAsync(entity, conditions, VmMigrationPhase.Failed, CommonReasons.SpecRefused, "the spec cannot be worked on: see Valid. Correct it in a new VmMigration.", cancellationToken);
            return ReconciliationResult<VmMigration>.Success(entity);
        }

        try
        {
            var delay = entity.Status.Phase switch
            {
                null or VmMigrationPhase.Pending => await PendingAsync(entity, conditions, cancellationToken),
                VmMigrationPhase.Preflight => await PreflightAsync(entity, conditions, cancellationToken),
                VmMigrationPhase.Preparing => await PreparingAsync(entity, conditions, cancellationToken),
                VmMigrationPhase.Running => await RunningAsync(entity, conditions, cancellationToken),
                VmMigrationPhase.Verifying => await VerifyingAsync(entity, conditions, cancellationToken),
                _ => (TimeSpan?)null,
            };
            return ReconciliationResult<VmMigration>.Success(entity, delay);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            if (!VmMigrationStates.HoldsGuest(entity.Status.Phase) && IsOver(entity, entity.Metadata.CreationTimestamp))
            {
                await EndAsync(
                    entity,
                    conditions,
                    VmMigrationPhase.Failed,
                    CommonReasons.DependencyNotReady,
                    $"{exception.Message.TrimEnd('.')}; the time of spec.timeoutSeconds is up. Nothing was changed; create a new VmMigration.",
                    cancellationToken);
                return ReconciliationResult<VmMigration>.Success(entity);
            }

            // No outcome is written while it is not known; the phase says where it goes on.
            conditions.Unknown(CommonConditions.Succeeded, VmMigrationReasons.OutcomeUnknown, $"{exception.Message} It is tried again until the host answers.");
            await WriteAsync(entity, conditions, cancellationToken);
            return ReconciliationResult<VmMigration>.Success(entity, AskAgainInterval);
        }
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<VmMigration>> DeletedAsync(VmMigration entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<VmMigration>.Success(entity));

    private async Task<TimeSpan?> PendingAsync(VmMigration move, ConditionList conditions, CancellationToken cancellationToken)
    {
        if (move.Status!.Phase is null)
        {
            move.Status = Entered(move.Status, VmMigrationPhase.Pending) with { Reason = move.Status.Reason ?? "asked for" };
        }

        if (Obstacle(move) is { Message: not null } obstacle)
        {
            return await WaitAsync(move, conditions, obstacle, cancellationToken);
        }

        conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, "it is checked whether the move can work");
        return await EnterAsync(move, conditions, VmMigrationPhase.Preflight, cancellationToken);
    }

    /// <summary>Says what the move waits for, and ends it when that takes too long. Nothing was changed yet.</summary>
    private async Task<TimeSpan?> WaitAsync(VmMigration move, ConditionList conditions, (string Reason, string? Message) obstacle, CancellationToken cancellationToken)
    {
        if (IsOver(move, move.Metadata.CreationTimestamp))
        {
            return await EndAsync(
                move, conditions, VmMigrationPhase.Failed, obstacle.Reason, $"{obstacle.Message}; the time of spec.timeoutSeconds is up. Create a new VmMigration.", cancellationToken);
        }

        conditions.Unknown(CommonConditions.Succeeded, obstacle.Reason, $"it waits: {obstacle.Message}");
        await WriteAsync(move, conditions, cancellationToken);
        return WaitInterval;
    }

    /// <summary>What keeps the move from being looked into, as a reason and a message; no message for nothing.</summary>
    private (string Reason, string? Message) Obstacle(VmMigration move)
    {
        var name = move.Spec.VirtualMachineRef.Name;
        if (machines.Get(new EntityKey(move.Namespace(), name)) is not { } machine)
        {
            return (CommonReasons.DependencyNotReady, $"there is no VirtualMachine {name} in this namespace: create it");
        }

        // An operator that has just started knows nothing of the hosts yet: that is no reason to refuse.
        if (!guestHosts.AreCurrent(machine))
        {
            return (CommonReasons.DependencyNotReady, "the hosts are being asked for the guest");
        }

        var location = guestHosts.Locate(machine);
        if (MigrationObstacles.Find(machine, location, clock.GetUtcNow()) is { } obstacle)
        {
            return (CommonReasons.DependencyNotReady, obstacle);
        }

        return (VmMigrationReasons.WaitingForSlot, MigrationSlots.Wait(move, Source(location), move.Spec.TargetHostRef?.Name, moves.List()));
    }

    private async Task<TimeSpan?> PreflightAsync(VmMigration move, ConditionList conditions, CancellationToken cancellationToken)
    {
        if (Obstacle(move) is { Message: not null } obstacle)
        {
            return await WaitAsync(move, conditions, obstacle, cancellationToken);
        }

        var machine = machines.Get(new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name))!;
        var location = guestHosts.Locate(machine);
        var source = Source(location)!;
        var candidates = GuestPlaces.Hosts(hosts.List(), stores.List(), machines.List(), machine, observations.Find, moves.List()).Where(host => host.Name != source).ToList();
        var guest = GuestPlaces.Guest(machine);
        var verdict = PlacementPlanner.Choose(guest, candidates);
        var target = move.Spec.TargetHostRef?.Name ?? verdict.Host;
        if (target == source)
        {
            conditions.True(VmMigrationConditions.PreflightPassed, CommonReasons.AsExpected, "nothing is to be done");
            move.Status = move.Status! with { SourceHost = source, TargetHost = target };
            return await EndAsync(move, conditions, VmMigrationPhase.Succeeded, VmMigrationReasons.AlreadyThere, $"already on {target}", cancellationToken);
        }

        if (SilentTargets.Wait(target, source, machine.Spec.Placement.Pool, hosts.List(), observations.Find) is { } silent)
        {
            return await WaitAsync(move, conditions, (CommonReasons.DependencyNotReady, silent), cancellationToken);
        }

        if (target is null || candidates.FirstOrDefault(host => host.Name == target) is not { } place)
        {
            var why = target is null ? $"no host can take it: {verdict.Explain()}" : $"there is no KvmHost {target}: correct spec.targetHostRef in a new VmMigration";
            return await RefuseAsync(move, conditions, source, target, why, cancellationToken);
        }

        var placement = PlacementPlanner.Refuse(guest, place);
        if (observations.Find(target) is null)
        {
            return await RefuseAsync(move, conditions, source, target, $"{target} does not take it: {placement}", cancellationToken);
        }

        var facts = await migrations.ReadFactsAsync(
            await migrationHosts.ShellAsync(source, cancellationToken),
            await migrationHosts.ShellAsync(target, cancellationToken),
            machine.Identity(),
            location.Domain!.IsActive,
            migrationHosts.Address(target),
            cancellationToken);
        if (facts.CommandIsLate)
        {
            // A busy host is no reason to refuse a move for good.
            return await WaitAsync(move, conditions, (CommonReasons.DependencyNotReady, $"{source} got no answer to a command on {target} within 40 s"), cancellationToken);
        }

        var refusals = MigrationPreflight.Refusals(move.Spec, target, placement, facts, location.Domain);
        if (refusals.Count > 0)
        {
            return await RefuseAsync(move, conditions, source, target, string.Join("; ", refusals), cancellationToken);
        }

        // One at a time: two moves that looked at the same moment must not take the same slot.
        return await gate.RunAsync<TimeSpan?>(
            async () =>
            {
                if (MigrationSlots.Wait(move, source, target, moves.List()) is { } wait)
                {
                    return await WaitAsync(move, conditions, (VmMigrationReasons.WaitingForSlot, wait), cancellationToken);
                }

                move.Status = move.Status! with { SourceHost = source, TargetHost = target, StartTime = Now() };
                conditions.True(VmMigrationConditions.PreflightPassed, CommonReasons.AsExpected, $"nothing stands in the way of a move from {source} to {target}");
                conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"{source} connects to {target}");
                return await EnterAsync(move, conditions, VmMigrationPhase.Preparing, cancellationToken);
            },
            cancellationToken);
    }

    private async Task<TimeSpan?> PreparingAsync(VmMigration move, ConditionList conditions, CancellationToken cancellationToken)
    {
        var source = await migrationHosts.ShellAsync(move.Status!.SourceHost!, cancellationToken);
        var identity = migrationHosts.Identity(move);
        var name = VmMigrationJob.Name(move);
        var asking = migrationHosts.StateAsync(source, identity, cancellationToken);
        var watching = migrations.WatchAsync(source, name, identity, ConnectPatience, cancellationToken);
        await Task.WhenAll(asking, watching);
        var (job, progress) = await watching;
        if (job.Phase != JobPhase.Missing)
        {
            return await FollowAsync(move, conditions, source, identity, job, progress, cancellationToken);
        }

        switch (await asking)
        {
            case null:
                return await VerifyAsync(move, conditions, VmMigrationReasons.MigrationFailed, $"there is no domain {identity} on {move.Status.SourceHost} any more", cancellationToken);
            case DomainState.ShutOff:
                var target = await migrationHosts.ShellAsync(move.Status.TargetHost!, cancellationToken);
                return await migrations.MoveStoppedAsync(source, target, identity, cancellationToken)
                    ? await VerifyAsync(move, conditions, CommonReasons.InProgress, "both hosts are asked where the guest is", cancellationToken)
                    : await VerifyAsync(move, conditions, VmMigrationReasons.MigrationFailed, "the guest was started while it was to be moved off", cancellationToken);
        }

        var options = new MigrationOptions(migrationHosts.Address(move.Status.TargetHost!))
        {
            AutoConverge = move.Spec.AutoConverge,
            PostCopy = move.Spec.PostCopy,
            AllowUnsafe = move.Spec.AllowUnsafe,
            BandwidthMebiBytesPerSecond = move.Spec.BandwidthMiBPerSecond > 0 ? move.Spec.BandwidthMiBPerSecond : null,
            MaximumDowntime = move.Spec.MaxDowntimeMilliseconds == LibvirtsDowntime ? null : TimeSpan.FromMilliseconds(move.Spec.MaxDowntimeMilliseconds),
        };
        job = await migrations.StartAsync(source, name, identity, options, cancellationToken);
        return job.Phase == JobPhase.Running ? WatchInterval : await FollowAsync(move, conditions, source, identity, job, null, cancellationToken);
    }

    private async Task<TimeSpan?> RunningAsync(VmMigration move, ConditionList conditions, CancellationToken cancellationToken)
    {
        var source = await migrationHosts.ShellAsync(move.Status!.SourceHost!, cancellationToken);
        var identity = migrationHosts.Identity(move);
        var (job, progress) = await migrations.WatchAsync(source, VmMigrationJob.Name(move), identity, WatchPatience, cancellationToken);
        return await FollowAsync(move, conditions, source, identity, job, progress, cancellationToken);
    }

    /// <summary>Says how far the job is, and ends what takes too long.</summary>
    private async Task<TimeSpan?> FollowAsync(
        VmMigration move, ConditionList conditions, IHostShell source, DomainIdentity identity, JobState job, HostsProgress? progress, CancellationToken cancellationToken)
    {
        if (job.Phase != JobPhase.Running)
        {
            // What was said about the time that was up is the better explanation of the end.
            return job.Phase == JobPhase.Failed && conditions.Find(CommonConditions.Succeeded) is not { Reason: VmMigrationReasons.TimedOut }
                ? await VerifyAsync(move, conditions, VmMigrationReasons.MigrationFailed, VmMigrationJob.Error(job), cancellationToken)
                : await EnterAsync(move, conditions, VmMigrationPhase.Verifying, cancellationToken);
        }

        if (progress is not null)
        {
            MigrationReports.Tell(conditions, move.Spec, progress);
            move.Status = move.Status! with { Progress = MigrationReports.Progress(move.Status.Progress, progress) };
            if (move.Status.Phase == VmMigrationPhase.Preparing)
            {
                conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"memory is sent from {move.Status.SourceHost} to {move.Status.TargetHost}");
                return await EnterAsync(move, conditions, VmMigrationPhase.Running, cancellationToken, WatchInterval);
            }

            move.Status = move.Status with { Conditions = conditions.ToList() };
        }

        switch (MigrationPolicy.Next(move.Spec, move.Status!.Progress, MigrationReports.IsPostCopy(conditions), IsOver(move, move.Status.StartTime)))
        {
            case MigrationStep.GiveUp:
                await GiveUpAsync(move, conditions, source, identity, cancellationToken);
                break;
            case MigrationStep.PostCopy:
                await GoPostCopyAsync(move, conditions, source, identity, cancellationToken);
                break;
            default:
                await writer.WriteProgressAsync(move, ProgressInterval, cancellationToken);
                break;
        }

        return WatchInterval;
    }

    /// <summary>Ends a move whose time is up. It is said before it is done, and done again until the job is over: before the first byte libvirt has nothing to give up.</summary>
    private async Task GiveUpAsync(VmMigration move, ConditionList conditions, IHostShell source, DomainIdentity identity, CancellationToken cancellationToken)
    {
        if (conditions.Find(CommonConditions.Succeeded) is not { Reason: VmMigrationReasons.TimedOut })
        {
            var why = conditions.Find(VmMigrationConditions.Converging) is { Status: "False" } converging ? $"; {converging.Message}" : string.Empty;
            conditions.Unknown(CommonConditions.Succeeded, VmMigrationReasons.TimedOut, $"it took longer than spec.timeoutSeconds ({move.Spec.TimeoutSeconds} s) and was given up{why}");
            await WriteAsync(move, conditions, cancellationToken);
        }
        else
        {
            await writer.WriteProgressAsync(move, ProgressInterval, cancellationToken);
        }

        await migrations.AbortAsync(source, identity, cancellationToken);
    }

    /// <summary>Lets the guest go on at the target. It is said before it is done, and done again until the job is over.</summary>
    private async Task GoPostCopyAsync(VmMigration move, ConditionList conditions, IHostShell source, DomainIdentity identity, CancellationToken cancellationToken)
    {
        if (!MigrationReports.IsPostCopy(conditions))
        {
            var message = MigrationReports.TellPostCopy(conditions, move.Status!.TargetHost);
            await WriteAsync(move, conditions, cancellationToken);
            events.Publish(move, VmMigrationReasons.PostCopyStarted, message);
        }
        else
        {
            await writer.WriteProgressAsync(move, ProgressInterval, cancellationToken);
        }

        await migrations.SwitchToPostCopyAsync(source, identity, cancellationToken);
    }

    private async Task<TimeSpan?> VerifyingAsync(VmMigration move, ConditionList conditions, CancellationToken cancellationToken)
    {
        var said = conditions.Find(CommonConditions.Succeeded);
        var verdict = await verification.JudgeAsync(move, cancellationToken);
        switch (verdict.Outcome)
        {
            case MigrationOutcome.OnTarget or MigrationOutcome.OnSource when verdict.PostCopyBroke:
                var half = verdict.Outcome == MigrationOutcome.OnTarget ? move.Status!.TargetHost : move.Status!.SourceHost;
                var lost = $"post-copy broke off, and the memory that was on the other host is lost: the guest stands still on {half} and cannot go on. End it there (virsh destroy), then it can be started again.";
                await EndAsync(move, conditions, VmMigrationPhase.Failed, VmMigrationReasons.MigrationFailed, lost, cancellationToken);
                break;
            case MigrationOutcome.OnTarget:
                move.Status = move.Status! with
                {
                    DowntimeMilliseconds = verdict.DowntimeMilliseconds ?? move.Status.DowntimeMilliseconds,
                    Progress = (move.Status.Progress ?? new Api.VmMigrations.MigrationProgress()) with { Percent = 100, BytesRemaining = 0, EtaSeconds = null },
                };
                var moved = $"moved from {move.Status.SourceHost} to {move.Status.TargetHost}";
                await EndAsync(move, conditions, VmMigrationPhase.Succeeded, VmMigrationReasons.Moved, moved, cancellationToken);
                break;
            case MigrationOutcome.OnSource:
                var (reason, why) = WhyItFailed(move, said, verdict.Job);
                await EndAsync(move, conditions, VmMigrationPhase.Failed, reason, $"{why.TrimEnd('.')}. The guest is on {move.Status!.SourceHost} as before; a new VmMigration tries again.", cancellationToken);
                break;
            case MigrationOutcome.Gone:
                await EndAsync(move, conditions, VmMigrationPhase.Failed, VmMigrationReasons.MigrationFailed, "the guest is on neither host: see the VirtualMachine, which is looked for everywhere.", cancellationToken);
                break;
            case MigrationOutcome.Unknown when !verdict.Job.Ended && verdict.Job.Phase != JobPhase.Missing:
                return AskAgainInterval;
            default:
                var advice = MigrationReports.WhatToDoWithTwo(move, migrationHosts.Identity(move).Reference, migrationHosts.Address(move.Status!.TargetHost!), verdict.PostCopyBroke);
                conditions.Unknown(CommonConditions.Succeeded, VmMigrationReasons.OutcomeUnknown, advice);
                await WriteAsync(move, conditions, cancellationToken);
                return AskAgainInterval;
        }

        // The verdict is written: nothing after it may take it back.
        await verification.TryForgetAsync(move, cancellationToken);
        return null;
    }

    /// <summary>A host that did not answer in between may have overwritten what was said, so it is found out again from what lasts.</summary>
    private static (string Reason, string Message) WhyItFailed(VmMigration move, V1Condition? said, JobState job)
    {
        if (said?.Reason is VmMigrationReasons.TimedOut or VmMigrationReasons.MigrationFailed)
        {
            return (said.Reason, said.Message);
        }

        return job.Phase == JobPhase.Failed
            ? (VmMigrationReasons.MigrationFailed, VmMigrationJob.Error(job))
            : (VmMigrationReasons.MigrationFailed, $"the move ended without a word; {move.Status!.SourceHost} may have been restarted");
    }

    private async Task<TimeSpan?> RefuseAsync(VmMigration move, ConditionList conditions, string source, string? target, string why, CancellationToken cancellationToken)
    {
        move.Status = move.Status! with { SourceHost = source, TargetHost = target };
        conditions.False(VmMigrationConditions.PreflightPassed, VmMigrationReasons.PreflightRefused, why);
        return await EndAsync(move, conditions, VmMigrationPhase.Failed, VmMigrationReasons.PreflightRefused, $"{why}. Nothing was changed; a new VmMigration tries again.", cancellationToken);
    }

    private Task<TimeSpan?> VerifyAsync(VmMigration move, ConditionList conditions, string reason, string message, CancellationToken cancellationToken)
    {
        conditions.Unknown(CommonConditions.Succeeded, reason, message);
        return EnterAsync(move, conditions, VmMigrationPhase.Verifying, cancellationToken);
    }

    /// <summary>Writes down that a phase begins; its work begins with the next pass.</summary>
    private async Task<TimeSpan?> EnterAsync(VmMigration move, ConditionList conditions, VmMigrationPhase phase, CancellationToken cancellationToken, TimeSpan? delay = null)
    {
        move.Status = Entered(move.Status!, phase);
        await WriteAsync(move, conditions, cancellationToken);
        return delay ?? AtOnce;
    }

    private async Task<TimeSpan?> EndAsync(VmMigration move, ConditionList conditions, VmMigrationPhase phase, string reason, string message, CancellationToken cancellationToken)
    {
        if (phase == VmMigrationPhase.Succeeded)
        {
            conditions.True(CommonConditions.Succeeded, reason, message);
        }
        else
        {
            conditions.False(CommonConditions.Succeeded, reason, message);
        }

        move.Status = Entered(move.Status!.Phase is null ? Entered(move.Status, VmMigrationPhase.Pending) : move.Status, phase) with { CompletionTime = Now() };
        await WriteAsync(move, conditions, cancellationToken);
        var type = phase == VmMigrationPhase.Succeeded ? EventType.Normal : EventType.Warning;
        events.Publish(move, reason, message, type);
        if (machines.Get(new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name)) is { } machine && reason != VmMigrationReasons.AlreadyThere)
        {
            events.Publish(machine, reason, $"VmMigration {move.Name()}: {message}", type);
        }

        return null;
    }

    /// <exception cref="InvalidOperationException">The phase may not follow: a mistake in this class.</exception>
    private VmMigrationStatus Entered(VmMigrationStatus status, VmMigrationPhase phase)
    {
        if (status.Phase is { } before && !VmMigrationStates.Next[before].Contains(phase))
        {
            throw new InvalidOperationException($"{phase} does not follow {before}");
        }

        return status with { Phase = phase, PhaseTransitions = [.. status.PhaseTransitions, new PhaseTransition { Phase = phase, Time = Now() }] };
    }

    private bool IsOver(VmMigration move, DateTime? since) => since is { } began && Now() - began > TimeSpan.FromSeconds(move.Spec.TimeoutSeconds);

    private static string? Source(GuestLocation location) => location.Running.Count > 0 ? location.Running[0] : location.Defined.Count > 0 ? location.Defined[0] : null;

    private DateTime Now() => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds()).UtcDateTime;

    private async Task WriteAsync(VmMigration move, ConditionList conditions, CancellationToken cancellationToken)
    {
        move.Status = move.Status! with { ObservedGeneration = move.Metadata.Generation, Conditions = conditions.ToList() };
        await writer.WriteAsync(move, cancellationToken);
    }
}
