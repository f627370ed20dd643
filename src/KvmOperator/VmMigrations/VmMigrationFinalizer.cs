using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Planning.Migrations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using KvmOperator.VmMigrations.Verification;

namespace KvmOperator.VmMigrations;

/// <summary>Deleting a move while it runs gives it up: libvirt is asked to, then both hosts are asked where the guest is, and only then the object goes.</summary>
internal sealed class VmMigrationFinalizer(
    IMigrationHosts hosts,
    MigrationVerification verification,
    IMigrations migrations,
    IHostJobs jobs,
    IEntityStore<VirtualMachine> machines,
    StatusWriter<VmMigration> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityFinalizer<VmMigration>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<VmMigration>> FinalizeAsync(VmMigration entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused())
        {
            return PausedDeletion.Wait(entity, events);
        }

        if (VmMigrationPhases.IsEnd(entity.Status?.Phase) && entity.Status is { StartTime: not null, SourceHost: not null })
        {
            // Mostly it was forgotten at the end; a source that did not answer then may answer now.
            await verification.TryForgetAsync(entity, cancellationToken);
            return ReconciliationResult<VmMigration>.Success(entity);
        }

        if (!VmMigrationPhases.HoldsGuest(entity.Status?.Phase) || entity.Status is not { SourceHost: { } sourceName, TargetHost: not null })
        {
            return ReconciliationResult<VmMigration>.Success(entity);
        }

        try
        {
            var source = await hosts.IsGoneAsync(sourceName, cancellationToken) ? null : await hosts.ShellAsync(sourceName, cancellationToken);
            if (source is not null && (await jobs.ReadAsync(source, VmMigrationJob.Name(entity), cancellationToken)).Phase == JobPhase.Running)
            {
                if (!MigrationReports.IsPostCopy(Conditions(entity)))
                {
                    await TellAsync(entity, VmMigrationReasons.Cancelled, "it is being given up", cancellationToken);
                }

                if (!await migrations.AbortAsync(source, hosts.Identity(entity), cancellationToken))
                {
                    const string noWayBack = "it cannot be given up any more: memory comes from both hosts (post-copy); the object goes when the move is over";
                    await TellAsync(entity, VmMigrationReasons.PostCopyStarted, noWayBack, cancellationToken);
                }

                return ReconciliationResult<VmMigration>.Success(entity, LookAgain);
            }

            var verdict = await verification.JudgeAsync(entity, cancellationToken);
            if (verdict.Outcome == MigrationOutcome.Unknown)
            {
                if (verdict.Job.Phase != JobPhase.Running)
                {
                    var advice = MigrationReports.WhatToDo(entity, verdict, hosts.Identity(entity).Reference, hosts.Address(entity.Status.TargetHost));
                    await TellAsync(entity, VmMigrationReasons.OutcomeUnknown, $"it cannot be deleted yet: {advice}", cancellationToken);
                }

                return ReconciliationResult<VmMigration>.Success(entity, MigrationIntervals.AskAgain);
            }

            await verification.ForgetAsync(entity, cancellationToken);
            if (machines.Get(new EntityKey(entity.Namespace(), entity.Spec.VirtualMachineRef.Name)) is { } machine)
            {
                var type = verdict.Outcome == MigrationOutcome.Gone || verdict.PostCopyBroke ? EventType.Warning : EventType.Normal;
                events.Publish(machine, VmMigrationReasons.Cancelled, $"VmMigration {entity.Name()} was deleted while it ran; {MigrationReports.Place(entity, verdict)}", type);
            }

            return ReconciliationResult<VmMigration>.Success(entity);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            await TellAsync(entity, VmMigrationReasons.OutcomeUnknown, $"it cannot be deleted yet: {exception.Message}", cancellationToken);
            return ReconciliationResult<VmMigration>.Success(entity, MigrationIntervals.AskAgain);
        }
    }

    private ConditionList Conditions(VmMigration move) => new(move.Status!.Conditions, VmMigrationConditions.All, move.Metadata.Generation, clock);

    private async Task TellAsync(VmMigration move, string reason, string message, CancellationToken cancellationToken)
    {
        var conditions = Conditions(move);
        conditions.Unknown(CommonConditions.Succeeded, reason, message);
        move.Status = move.Status! with { Conditions = conditions.ToList() };
        await writer.WriteAsync(move, cancellationToken);
    }
}
