using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Planning.Vmware;
using KvmOperator.Runtime.Events;

namespace KvmOperator.VmwareImports;

/// <summary>The step Inspect: the source is read and everything is said, as often as it takes until nothing stands in the way. Nothing is written on a host before that.</summary>
internal sealed class ImportBeginning(IImportHosts hosts, SourceInspection inspection, IVmwareImages images)
{
    /// <summary>Reads the source, and begins the conversion when nothing stands in its way.</summary>
    public async Task<TimeSpan?> InspectAsync(ImportPass pass, CancellationToken cancellationToken)
    {
        if (pass.Status.Step is null)
        {
            pass.Enter(ImportStep.Inspect);
        }

        // What was done before another cluster was made is found in the store, also when the source is gone since.
        ImportRecord? record = null;
        if (hosts.FindStore(pass.Import) is { } store)
        {
            var beside = await hosts.ShellAsync(store.Host, cancellationToken);
            record = await images.ReadRecordAsync(beside, store.Folder(pass.GuestFolder), cancellationToken);
            if (record is not null && ImportRecords.IsSame(record, pass.Import) && (pass.Machine is not { } known || IsOfImport(known)))
            {
                var there = await images.FindAsync(beside, [.. record.Disks.Select(disk => disk.Target)], cancellationToken);

                // When all of them are gone, the guest was deleted with its disks: this is another import.
                if (there.Count > 0 || pass.Machine is not null)
                {
                    return await AgainAsync(pass, record, there, cancellationToken);
                }
            }
        }

        var (place, refusal) = hosts.Find(pass.Import);
        if (place is null)
        {
            return await pass.WaitAsync(refusal!.Reason, refusal.Message, ImportIntervals.AskAgain, cancellationToken);
        }

        pass.Status = pass.Status with { Host = place.Host };
        var shell = await hosts.ShellAsync(place.Host, cancellationToken);

        InspectedSource source;
        try
        {
            source = await inspection.InspectAsync(pass.Import, shell, place.Scope, cancellationToken);
        }
        catch (SourceRefusedException refused)
        {
            var message = $"the source cannot be read on {place.Host}: {refused.Message.TrimEnd('.')}. Correct the folder, or spec.source in a new import.";
            pass.Conditions.False(VmwareImportConditions.Inspected, VmwareImportReasons.SourceUnreadable, message);
            return await pass.WaitAsync(VmwareImportReasons.SourceUnreadable, message, ImportIntervals.Person, cancellationToken);
        }

        return await DecideAsync(pass, place, shell, source, record, cancellationToken);
    }

    /// <summary>What stands in the way of an import besides the source itself. Pure.</summary>
    /// <param name="pass">The import.</param>
    /// <param name="machine">The guest that would be made; null when there can be none.</param>
    /// <param name="found">What was found in the source.</param>
    /// <param name="there">The files of its disks that are there already.</param>
    /// <param name="record">What an import wrote down in the guest's folder before; null for nothing.</param>
    internal static IReadOnlyList<Concern> Obstacles(ImportPass pass, VirtualMachine? machine, Inspection found, IReadOnlySet<string> there, ImportRecord? record)
    {
        var name = pass.GuestKey.ToString();
        var obstacles = new List<Concern>();
        if (pass.Machine is not null)
        {
            obstacles.Add(ConcernCatalogue.Make(ConcernId.NameTaken, name, $"There is a VirtualMachine {name} already."));
        }
        else if (record is not null && record.Import.Uid != pass.Import.Uid() && there.Count > 0)
        {
            obstacles.Add(ConcernCatalogue.Make(
                ConcernId.NameTaken, name, $"The import {record.Import.Name} has put disks of a guest {name} into the store.", "Choose another spec.virtualMachine.name, or move the folder of that guest away in the store."));
        }
        else if (there.Count > 0)
        {
            obstacles.Add(ConcernCatalogue.Make(
                ConcernId.NameTaken, name, $"{there.Order(StringComparer.Ordinal).First()} is there already, which nobody is known to need.", "Choose another spec.virtualMachine.name, or move the file away."));
        }

        if (machine is not null && found.Proposal is { } proposal && !proposal.Disks.Select(disk => disk.Slot).SequenceEqual(found.Disks.Select(disk => disk.Slot), StringComparer.Ordinal) && !found.Concerns.Any(IsAboutDisks))
        {
            obstacles.Add(ConcernCatalogue.Make(ConcernId.NoDisks, name, "Not every disk of the machine could be read."));
        }

        return obstacles;

        static bool IsAboutDisks(Concern concern) => concern is { Category: Planning.Vmware.ConcernCategory.Critical, IsReleasable: false };
    }

    private async Task<TimeSpan?> DecideAsync(ImportPass pass, ImportPlace place, IHostShell shell, InspectedSource source, ImportRecord? record, CancellationToken cancellationToken)
    {
        var found = source.Inspection;
        var machine = found.Proposal is null ? null : ImportedGuest.Make(pass.Import, pass.Mark, place.Store.Spec.Pool, found);
        var folder = place.Folder(pass.GuestFolder);
        IReadOnlyList<string> targets = machine is null ? [] : [.. machine.Spec.Disks.Select(disk => $"{folder}/{ImportedGuest.FileName(disk.Name)}")];
        var there = await images.FindAsync(shell, targets, cancellationToken);
        IReadOnlyList<Concern> concerns = [.. Obstacles(pass, machine, found, there, record), .. found.Concerns];
        var blocking = ConcernCatalogue.Blocking(concerns, pass.Spec.AcceptConcerns);
        pass.Status = pass.Status with
        {
            Source = ImportReports.Source(found),
            Concerns = ImportReports.Concerns(concerns),
            Disks = ImportReports.Disks(found.Disks, targets),
            Trim = pass.Spec.Trim == TrimPolicy.Never ? null : ImportReports.Trim(found.Trim),
            VirtualMachineManifest = machine is null ? null : ImportReports.Manifest(machine),
        };
        if (blocking.Count > 0)
        {
            var reason = blocking.Any(concern => concern.Id is ConcernId.SourceInUse or ConcernId.StaleLock) ? VmwareImportReasons.SourceInUse
                : blocking[0].Id == ConcernId.NameTaken ? VmwareImportReasons.NameTaken
                : VmwareImportReasons.CriticalConcerns;
            var message = ImportReports.Blocking(blocking);
            pass.Conditions.False(VmwareImportConditions.Inspected, reason, message);
            return await pass.WaitAsync(reason, message, ImportIntervals.Person, cancellationToken);
        }

        if (VirtualMachineValidator.Validate(machine!) is { Count: > 0 } errors)
        {
            var message = $"no VirtualMachine can be made of it: {string.Join("; ", errors)}. Say what it should be in spec.virtualMachine of a new import.";
            pass.Conditions.False(VmwareImportConditions.Inspected, CommonReasons.SpecRefused, message);
            return await pass.WaitAsync(CommonReasons.SpecRefused, message, ImportIntervals.Person, cancellationToken);
        }

        pass.Conditions.True(VmwareImportConditions.Inspected, CommonReasons.AsExpected, "nothing stands in the way");
        if (pass.Spec.StopAfter == ImportStopAfter.Inspect)
        {
            return await pass.WaitAsync(VmwareImportReasons.StoppedAfterInspect, "it was only inspected, as spec.stopAfter asks: take that away, and the disks are converted", ImportIntervals.Person, cancellationToken);
        }

        // None of the disks was there a moment ago: what is there from now on, this import made.
        await images.WriteRecordAsync(shell, folder, place.Scope.Stores, ImportRecords.Make(pass.Import, source, machine!, targets), cancellationToken);
        pass.Status = pass.Status with { StartTime = pass.Now };
        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"the disks are converted on {place.Host}");
        pass.Conditions.False(VmwareImportConditions.Converted, CommonReasons.InProgress, "the disks are being converted");
        return await pass.EnterAsync(ImportStep.Convert, cancellationToken);
    }

    /// <summary>The same import, applied to another cluster: its disks are there, and its guest is made again.</summary>
    private static async Task<TimeSpan?> AgainAsync(ImportPass pass, ImportRecord record, IReadOnlySet<string> there, CancellationToken cancellationToken)
    {
        if (record.Disks.Select(disk => disk.Target).FirstOrDefault(target => !there.Contains(target)) is { } missing)
        {
            const string Advice = "Put it back, or move the guest's folder away to import anew.";
            return await pass.WaitAsync(VmwareImportReasons.NameTaken, $"the disks were imported before this cluster was made, and {missing} is not there any more. {Advice}", ImportIntervals.Person, cancellationToken);
        }

        pass.Status = pass.Status with
        {
            Disks = [.. record.Disks.Select(disk => new ImportedDisk { Source = disk.Name, Target = disk.Target, VirtualBytes = disk.Bytes, BytesTotal = disk.Bytes, BytesDone = disk.Bytes, Progress = 100, Checked = true })],
            VirtualMachineManifest = ImportReports.Manifest(ImportRecords.Guest(record)),
        };
        const string Message = "its disks were imported before this cluster was made";
        pass.Conditions.True(VmwareImportConditions.Inspected, VmwareImportReasons.AlreadyImported, Message);
        pass.Conditions.True(VmwareImportConditions.Converted, VmwareImportReasons.AlreadyImported, Message);
        if (pass.Spec.StopAfter == ImportStopAfter.Inspect)
        {
            return await pass.WaitAsync(VmwareImportReasons.StoppedAfterInspect, $"{Message}; as spec.stopAfter asks, its guest is not made again: take that away to go on", ImportIntervals.Person, cancellationToken);
        }

        pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, Message);
        pass.Publish(VmwareImportReasons.AlreadyImported, Message, EventType.Normal);
        return await pass.EnterAsync(ImportStep.Define, cancellationToken);
    }

    /// <summary>Whether the guest's object was made by an import, or by Git from its manifest: both are the guest of the disks that are there.</summary>
    private static bool IsOfImport(VirtualMachine machine) => machine.Spec.Disks.Any(disk => disk.Source?.Existing is { } file && file.StartsWith($"{machine.Namespace()}_{machine.Name()}/", StringComparison.Ordinal));
}
