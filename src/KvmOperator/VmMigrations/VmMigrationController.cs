using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Reconciling;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using Microsoft.Extensions.Logging;

namespace KvmOperator.VmMigrations;

/// <summary>
/// Moves a guest once. Each phase has one handler, and what may follow is in <see cref="VmMigrationStates"/>. A phase is written down before its work
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
    ILogger<VmMigrationController> logger,
    TimeProvider clock) : IEntityController<VmMigration>
{
    /// <summary>What is done in each phase; what is over is not here.</summary>
    private readonly Dictionary<VmMigrationPhase, Func<MigrationPass, CancellationToken, Task<Outcome<VmMigrationPhase>>>> phases = new()
    {
        [VmMigrationPhase.Pending] = (pass, _) => Task.FromResult(start.Pending(pass)),
        [VmMigrationPhase.Preflight] = start.PreflightAsync,
        [VmMigrationPhase.Preparing] = run.PreparingAsync,
        [VmMigrationPhase.Running] = run.RunningAsync,
        [VmMigrationPhase.Verifying] = end.VerifyingAsync,
    };

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
        var next = await PassAsync(new MigrationPass(entity, conditions, writer, events, moves, machines, logger, clock), cancellationToken);
        return ReconciliationResult<VmMigration>.Success(entity, VmMigrationPhases.IsEnd(entity.Status?.Phase) ? await retention.ApplyAsync(entity, cancellationToken) : next);
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<VmMigration>> DeletedAsync(VmMigration entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<VmMigration>.Success(entity));

    private async Task<TimeSpan?> PassAsync(MigrationPass pass, CancellationToken cancellationToken)
    {
        if (!pass.Conditions.Accepts(VmMigrationValidator.Validate(pass.Move)))
        {
            var refused = new Outcome<VmMigrationPhase>.Fail(CommonReasons.SpecRefused, "the spec cannot be worked on: see Valid. Correct it in a new VmMigration.");
            return await pass.CarryOutAsync(refused, cancellationToken);
        }

        pass.Begin();
        try
        {
            return await pass.CarryOutAsync(await phases[pass.Status.Phase!.Value](pass, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            return await pass.CarryOutAsync(pass.Unanswered(exception.Message), cancellationToken);
        }
    }
}
