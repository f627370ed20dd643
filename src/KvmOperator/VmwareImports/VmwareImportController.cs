using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;

namespace KvmOperator.VmwareImports;

/// <summary>
/// Brings a VMware machine over, once. Each step has one handler; what may follow is in <see cref="VmwareImportStates"/>. A step is written down before its work begins, and the work is found again
/// by its name, so whoever comes after a killed operator goes on where it was.
/// </summary>
internal sealed class VmwareImportController(
    ImportBeginning beginning,
    ImportConversion conversion,
    ImportDefinition definition,
    ImportProof proof,
    ImportTrimming trimming,
    IEntityStore<VmwareImport> imports,
    IEntityStore<VirtualMachine> machines,
    StatusWriter<VmwareImport> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityController<VmwareImport>
{
    private readonly Dictionary<ImportStep, Func<ImportPass, CancellationToken, Task<TimeSpan?>>> steps = new()
    {
        [ImportStep.Inspect] = beginning.InspectAsync,
        [ImportStep.Convert] = conversion.ConvertAsync,
        [ImportStep.Define] = definition.DefineAsync,
        [ImportStep.Boot] = ImportProof.BootAsync,
        [ImportStep.Verify] = proof.VerifyAsync,
        [ImportStep.Trim] = trimming.TrimAsync,
    };

    /// <inheritdoc/>
    public async Task<ReconciliationResult<VmwareImport>> ReconcileAsync(VmwareImport entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused() || VmwareImportStates.IsEnd(entity.Status?.Phase))
        {
            return ReconciliationResult<VmwareImport>.Success(entity);
        }

        var conditions = new ConditionList(entity.Status?.Conditions ?? [], VmwareImportConditions.All, entity.Metadata.Generation, clock);
        var pass = new ImportPass(entity, conditions, writer, events, imports, machines, clock);
        return ReconciliationResult<VmwareImport>.Success(entity, await AdvanceAsync(pass, cancellationToken));
    }

    /// <inheritdoc/>
    public Task<ReconciliationResult<VmwareImport>> DeletedAsync(VmwareImport entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<VmwareImport>.Success(entity));

    private async Task<TimeSpan?> AdvanceAsync(ImportPass pass, CancellationToken cancellationToken)
    {
        if (!pass.Conditions.Accepts(VmwareImportValidator.Validate(pass.Import)))
        {
            // Before anything is made a corrected object is another one; afterwards what was begun is finished.
            return await pass.EndAsync(VmwareImportPhase.Failed, CommonReasons.SpecRefused, "the spec cannot be worked on: see Valid. Correct it in a new VmwareImport.", cancellationToken);
        }

        try
        {
            return await steps[pass.Status.Step ?? ImportStep.Inspect](pass, cancellationToken);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException or IOException or TimeoutException)
        {
            // No outcome is written while it is not known; the step says where it goes on.
            return await pass.WaitAsync(VmwareImportReasons.OutcomeUnknown, $"it waits for an answer: {exception.Message}", ImportIntervals.AskAgain, cancellationToken);
        }
    }
}
