using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Runtime.Api;

namespace KvmOperator.VmwareImports;

/// <summary>The step Define: the VirtualMachine is made, once. From then on its spec is people's and Git's, and it belongs to nobody: deleting the import leaves it.</summary>
internal sealed class ImportDefinition(IImportHosts hosts, IVmwareImages images, EntityClient client)
{
    /// <summary>Makes the object, unless it is there.</summary>
    public async Task<TimeSpan?> DefineAsync(ImportPass pass, CancellationToken cancellationToken)
    {
        var isAgain = pass.Conditions.Find(VmwareImportConditions.Converted)?.Reason == VmwareImportReasons.AlreadyImported;
        var machine = await client.GetAsync<VirtualMachine>(pass.GuestKey, cancellationToken);
        if (machine is null)
        {
            if (hosts.FindStore(pass.Import) is not { } store)
            {
                return await pass.WaitAsync(
                    CommonReasons.DependencyNotReady, $"the store {pass.Spec.StoreRef.Name} is usable on no host: see it (kubectl describe nfsstore {pass.Spec.StoreRef.Name})", ImportIntervals.AskAgain, cancellationToken);
            }

            var record = await images.ReadRecordAsync(await hosts.ShellAsync(store.Host, cancellationToken), store.Folder(pass.GuestFolder), cancellationToken);
            if (record is null)
            {
                return await pass.EndAsync(
                    VmwareImportPhase.Failed, VmwareImportReasons.ConversionFailed, $"what the import wrote down beside its disks in {store.Folder(pass.GuestFolder)} is gone: create a VirtualMachine from status.virtualMachineManifest", cancellationToken);
            }

            machine = await CreateAsync(pass, record, cancellationToken);
        }

        if (machine is null)
        {
            return ImportIntervals.AtOnce;
        }

        if (!pass.IsOurs(machine) && !isAgain)
        {
            return await pass.EndAsync(
                VmwareImportPhase.Failed, VmwareImportReasons.NameTaken, $"somebody else has made a VirtualMachine {machine.Name()} meanwhile. The disks are in the store: create a guest of another name from status.virtualMachineManifest.", cancellationToken);
        }

        pass.Status = pass.Status with { VirtualMachineRef = new LocalObjectReference { Name = machine.Name() } };
        if (isAgain)
        {
            pass.Conditions.Unknown(VmwareImportConditions.Verified, VmwareImportReasons.AlreadyImported, "it was looked at when it was imported");
            return await pass.EndAsync(VmwareImportPhase.Succeeded, VmwareImportReasons.AlreadyImported, $"the guest {machine.Name()} is there: its disks were imported before this cluster was made", cancellationToken);
        }

        if (!pass.Spec.Start)
        {
            pass.Conditions.Unknown(VmwareImportConditions.Verified, VmwareImportReasons.NotAsked, "spec.start asks that the guest is not started");
            return await pass.EndAsync(VmwareImportPhase.Succeeded, VmwareImportReasons.GuestMade, $"the guest {machine.Name()} was made, and is not started", cancellationToken);
        }

        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"the guest {machine.Name()} is started");
        return await pass.EnterAsync(ImportStep.Boot, cancellationToken);
    }

    /// <summary>Null when somebody was quicker.</summary>
    private async Task<VirtualMachine?> CreateAsync(ImportPass pass, ImportRecord record, CancellationToken cancellationToken)
    {
        var wanted = ImportRecords.Guest(record);
        wanted.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.ImportedBy] = pass.Mark };
        try
        {
            var made = await client.CreateAsync(wanted, cancellationToken);
            pass.Publish(VmwareImportReasons.GuestMade, $"the VirtualMachine {made.Name()} was made; status.virtualMachineManifest is for Git");
            return made;
        }
        catch (ApiException refused) when (refused.IsConflict)
        {
            return null;
        }
    }
}
