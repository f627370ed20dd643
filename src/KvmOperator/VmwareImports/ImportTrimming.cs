using KvmOperator.Api;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Vmware;

namespace KvmOperator.VmwareImports;

/// <summary>The step Trim, the last one: of the source goes what was listed as disposable, after the guest was seen to work, and only when it was asked for.</summary>
internal sealed class ImportTrimming(IImportHosts hosts, IVmwareImages images)
{
    private const int MostShown = 3;

    /// <summary>Deletes what the record lists, and ends the import.</summary>
    public async Task<TimeSpan?> TrimAsync(ImportPass pass, CancellationToken cancellationToken)
    {
        var done = $"the guest {pass.GuestKey.Name} was made and works";
        if (pass.Spec.Trim != TrimPolicy.AfterSuccess)
        {
            return await pass.EndAsync(VmwareImportPhase.Succeeded, VmwareImportReasons.Imported, done, cancellationToken);
        }

        var (place, refusal) = hosts.Find(pass.Import);
        if (place is null)
        {
            return await pass.WaitAsync(refusal!.Reason, $"{done}; the source is not trimmed yet: {refusal.Message}", ImportIntervals.AskAgain, cancellationToken);
        }

        TrimResult result;
        try
        {
            result = await images.TrimAsync(await hosts.ShellAsync(place.Host, cancellationToken), place.Scope, place.Folder(pass.GuestFolder), cancellationToken);
        }
        catch (SourceRefusedException refused)
        {
            // The guest is what was wanted; what cannot be reached is left alone.
            return await pass.EndAsync(VmwareImportPhase.Succeeded, VmwareImportReasons.Imported, $"{done}; nothing was deleted in the source: {refused.Message}", cancellationToken);
        }

        pass.Status = pass.Status with
        {
            Trim = (pass.Status.Trim ?? new ImportTrimReport()) with
            {
                DeletedFiles = (pass.Status.Trim?.DeletedFiles ?? 0) + result.Files,
                DeletedBytes = (pass.Status.Trim?.DeletedBytes ?? 0) + result.Bytes,
            },
        };
        var kept = result.Kept.Count == 0 ? string.Empty : $"; {result.Kept.Count} stay: {string.Join(", ", result.Kept.Take(MostShown))}";
        pass.Publish(VmwareImportReasons.Trimmed, $"{result.Files} disposable files of the source were deleted{kept}");
        return await pass.EndAsync(VmwareImportPhase.Succeeded, VmwareImportReasons.Imported, $"{done}{kept}", cancellationToken);
    }
}
