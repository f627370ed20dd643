using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;

namespace KvmOperator.VmMigrations;

/// <summary>
/// Moves a guest once. Each phase has one handler; what may follow is in <see cref="VmMigrationStates"/>. A phase is written down before its work
/// begins, and the work is found again by its name, so whoever comes after a killed operator goes on where it was.
/// </summary>
internal sealed class VmMigrationController(
    MigrationStart start,
    MigrationRun run,
    MigrationEnd end,
    MigrationRetention retention,
    IEntityStore<VmMigration> moves,
    IEntityStore<VirtualMachine> machines,
    StatusWriter<VmMigration> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityController<VmMigration>
{
    /// <inheritdoc/>
    public async Task<ReconciliationResult<VmMigration>> ReconcileAsync(VmMigration entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused())
        {
            return ReconciliationResult<VmMigration>.Success(entity);
        }

        if (VmMigrationPhases.IsEnd(entity.Status?.Phase))
        {
            return ReconciliationResult<VmMigration>.Success(entity, await retention.ApplyAsync(entity, cancellationToken));
        }

        var conditions = new ConditionList(entity.Status?.Conditions ?? [], VmMigrationConditions.All, entity.Metadata.Generation, clock);
        var pass = new MigrationPass(entity, conditions, writer, events, moves, machines, clock);
        var next = await AdvanceAsync(pass, cancellationToken);
        return ReconciliationResult<VmMigration>.Success(entity, VmMigrationPhases.IsEnd(entity.Status?.Phase) ? await retention.ApplyAsync(entity, cancellationToken) : next);
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<VmMigration>> DeletedAsync(VmMigration entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<VmMigration>.Success(entity));

    private async Task<TimeSpan?> AdvanceAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (!pass.Conditions.Accepts(VmMigrationValidator.Validate(pass.Move)))
        {
            return await pass.EndAsync(
                VmMigrationPhase.Failed, CommonReasons.SpecRefused, "the spec cannot be worked on: see Valid. Correct it in a new VmMigration.", cancellationToken);
        }

        try
        {
            return pass.Status.Phase switch
            {
                null or VmMigrationPhase.Pending => await start.PendingAsync(pass, cancellationToken),
                VmMigrationPhase.Preflight => await start.PreflightAsync(pass, cancellationToken),
                VmMigrationPhase.Preparing => await run.PreparingAsync(pass, cancellationToken),
                VmMigrationPhase.Running => await run.RunningAsync(pass, cancellationToken),
                VmMigrationPhase.Verifying => await end.VerifyingAsync(pass, cancellationToken),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            if (!VmMigrationPhases.HoldsGuest(pass.Status.Phase))
            {
                pass.Obstructed();
                if (pass.HasWaitedTooLong)
                {
                    return await pass.EndAsync(
                        VmMigrationPhase.Failed,
                        CommonReasons.DependencyNotReady,
                        $"{exception.Message.TrimEnd('.')}; the time of spec.timeoutSeconds is up. Nothing was changed; create a new VmMigration.",
                        cancellationToken);
                }
            }

            // No outcome is written while it is not known; the phase says where it goes on.
            pass.Conditions.Unknown(CommonConditions.Succeeded, VmMigrationReasons.OutcomeUnknown, MigrationReports.NoAnswer(exception.Message));
            await pass.WriteAsync(cancellationToken);
            return MigrationIntervals.AskAgain;
        }
    }
}
