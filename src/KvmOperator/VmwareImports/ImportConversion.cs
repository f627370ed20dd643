using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;

namespace KvmOperator.VmwareImports;

/// <summary>
/// The step Convert: the disks are converted one after the other, each by a job on the host that outlives the operator. A file with the right name is a whole disk, so whoever comes next goes on
/// with the first one that is not there.
/// </summary>
internal sealed class ImportConversion(IImportHosts hosts, IVmwareImages images, IHostJobs jobs, IEntityStore<VmwareImport> imports)
{
    /// <summary>Goes on with the disks.</summary>
    public async Task<TimeSpan?> ConvertAsync(ImportPass pass, CancellationToken cancellationToken)
    {
        var (place, refusal) = hosts.Find(pass.Import);
        if (place is null || place.Host != pass.Status.Host)
        {
            // Another host must not write a disk that this one may still write.
            return await pass.WaitAsync(
                refusal?.Reason ?? CommonReasons.DependencyNotReady,
                refusal?.Message ?? $"{pass.Status.Host}, which converts the disks, cannot be used now: bring it back, or delete this import and create another one",
                ImportIntervals.AskAgain,
                cancellationToken);
        }

        var index = pass.Status.Disks.ToList().FindIndex(disk => disk.Checked != true);
        if (index < 0)
        {
            pass.Conditions.True(VmwareImportConditions.Converted, CommonReasons.AsExpected, "all disks are converted and checked");
            pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, "the VirtualMachine is made");
            return await pass.EnterAsync(ImportStep.Define, cancellationToken);
        }

        var name = ImportJobs.Name(pass.Import, index);
        var shell = await hosts.ShellAsync(place.Host, cancellationToken);
        if (pass.Status.Disks[index].Progress is null && ImportJobs.Before(pass.Import, imports.ConvertingOn(place.Host)) is { Count: > 0 } before)
        {
            return await pass.WaitAsync(VmwareImportReasons.WaitingForSlot, $"other imports are converted on {place.Host} first: {string.Join(", ", before)}", ImportIntervals.AskAgain, cancellationToken);
        }

        var state = await images.ConvertAsync(shell, name, place.Scope, place.Folder(pass.GuestFolder), index, cancellationToken);
        switch (state.Outcome)
        {
            case ConversionOutcome.Running:
                pass.Conditions.Unknown(CommonConditions.Succeeded, CommonReasons.InProgress, $"the disks are converted on {place.Host}");
                Tell(pass, index, state);
                await pass.WriteProgressAsync(cancellationToken);
                return ImportIntervals.Watch;
            case ConversionOutcome.Done:
                Tell(pass, index, state);
                await pass.WriteAsync(cancellationToken);
                await jobs.ForgetAsync(shell, name, cancellationToken);
                return ImportIntervals.AtOnce;
            case ConversionOutcome.Refused:
                // Its result is not kept: the next try measures anew.
                await jobs.ForgetAsync(shell, name, cancellationToken);
                var message = $"the disk {Shown(pass, index)} is not converted yet: {state.Error}";
                pass.Conditions.False(VmwareImportConditions.Converted, VmwareImportReasons.NoSpace, message);
                return await pass.WaitAsync(VmwareImportReasons.NoSpace, message, ImportIntervals.Person, cancellationToken);
            case ConversionOutcome.Interrupted:
                await jobs.ForgetAsync(shell, name, cancellationToken);
                pass.Publish(VmwareImportReasons.ConversionInterrupted, $"the conversion of the disk {Shown(pass, index)} was ended on {place.Host} ({state.Error}), and begins again", EventType.Warning);
                return await pass.WaitAsync(VmwareImportReasons.ConversionInterrupted, $"the conversion of the disk {Shown(pass, index)} was ended on {place.Host} ({state.Error}): it begins again", ImportIntervals.AskAgain, cancellationToken);
            case ConversionOutcome.SourceChanged:
                return await GiveUpAsync(
                    pass, place, index, VmwareImportReasons.SourceChanged, $"the source was changed while the disk {Shown(pass, index)} was converted: {state.Error.TrimEnd('.')}. Let nobody write to it, and create a new import.", cancellationToken);
            case ConversionOutcome.Failed:
                return await GiveUpAsync(
                    pass, place, index, VmwareImportReasons.ConversionFailed, $"the disk {Shown(pass, index)} could not be converted: {state.Error.TrimEnd('.')}. The source is as it was; a new import tries again.", cancellationToken);
            default:
                return await pass.WaitAsync(CommonReasons.InProgress, $"the disk {Shown(pass, index)} is begun on {place.Host}", ImportIntervals.AskAgain, cancellationToken);
        }
    }

    /// <summary>Removes what it made, since nobody has these disks, and writes down how it failed. The job is known until that is written: whoever comes in between does the same again.</summary>
    private async Task<TimeSpan?> GiveUpAsync(ImportPass pass, ImportPlace place, int index, string reason, string message, CancellationToken cancellationToken)
    {
        var shell = await hosts.ShellAsync(place.Host, cancellationToken);
        await images.RemoveAsync(shell, place.Folder(pass.GuestFolder), [.. pass.Status.Disks.Select(disk => disk.Target).OfType<string>()], cancellationToken);
        pass.Status = pass.Status with { Disks = [.. pass.Status.Disks.Select(disk => disk with { Target = null, Progress = null, BytesDone = null, BytesPerSecond = null, EtaSeconds = null, Checked = null })] };
        pass.Conditions.False(VmwareImportConditions.Converted, reason, message);
        await pass.EndAsync(VmwareImportPhase.Failed, reason, message, cancellationToken);
        await jobs.ForgetAsync(shell, ImportJobs.Name(pass.Import, index), cancellationToken);
        return null;
    }

    private static void Tell(ImportPass pass, int index, ConversionState state)
    {
        var elapsed = pass.Started(ImportStep.Convert) is { } since ? pass.Now - since : TimeSpan.Zero;
        var before = pass.Status.Disks.Take(index).Sum(disk => disk.BytesDone ?? 0);
        var disks = pass.Status.Disks.Select((disk, number) => number == index ? ImportReports.Disk(disk, state, before, elapsed) : disk).ToList();
        var percent = ImportReports.Percent(disks);
        pass.Status = pass.Status with { Disks = disks, ProgressPercent = percent };
        pass.Progress(ImportStep.Convert, percent);
    }

    private static string Shown(ImportPass pass, int index) => pass.Status.Disks[index] is { Slot: { } slot } disk ? $"{slot} ({disk.Source})" : pass.Status.Disks[index].Source;
}
