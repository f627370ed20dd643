using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Status;

namespace KvmOperator.VmwareImports;

/// <summary>Deleting an import while it converts ends the job and removes what it made, as long as nobody has it. A guest that was made stays, with its disks: it is nobody's but its own.</summary>
internal sealed class VmwareImportFinalizer(IImportHosts hosts, IVmwareImages images, IHostJobs jobs, EntityClient client, IEventRecorder events) : IEntityFinalizer<VmwareImport>
{
    /// <inheritdoc/>
    public async Task<ReconciliationResult<VmwareImport>> FinalizeAsync(VmwareImport entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused())
        {
            return PausedDeletion.Wait(entity, events);
        }

        if (VmwareImportStates.IsEnd(entity.Status?.Phase) || !VmwareImportStates.OwnsFiles(entity.Status?.Step) || entity.Status is not { Host: { } name } status)
        {
            return ReconciliationResult<VmwareImport>.Success(entity);
        }

        try
        {
            var shell = await hosts.ShellAsync(name, cancellationToken);
            for (var disk = 0; disk < status.Disks.Count; disk++)
            {
                await jobs.StopAsync(shell, ImportJobs.Name(entity, disk), cancellationToken);
                await jobs.ForgetAsync(shell, ImportJobs.Name(entity, disk), cancellationToken);
            }

            var guest = new EntityKey(entity.Namespace(), entity.Spec.VirtualMachine.Name);
            var targets = status.Disks.Select(disk => disk.Target).OfType<string>().ToList();
            if (targets.Count > 0 && !IsAlreadyImported(status) && await client.GetAsync<VirtualMachine>(guest, cancellationToken) is null)
            {
                await images.RemoveAsync(shell, Path.GetDirectoryName(targets[0])!, targets, cancellationToken);
            }

            return ReconciliationResult<VmwareImport>.Success(entity);
        }
        catch (Exception exception) when (exception is HostException or MachineUnavailableException)
        {
            events.Publish(entity, VmwareImportReasons.OutcomeUnknown, $"it cannot be deleted yet: {exception.Message}", EventType.Warning);
            return ReconciliationResult<VmwareImport>.Success(entity, ImportIntervals.AskAgain);
        }
    }

    /// <summary>Whether the disks are those of an import that came before this cluster: they are not this one's to remove.</summary>
    private static bool IsAlreadyImported(VmwareImportStatus status) =>
        status.Conditions.Any(condition => condition is { Type: VmwareImportConditions.Converted, Reason: VmwareImportReasons.AlreadyImported });
}
