using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Vmware;

/// <summary>Carries imports out on a host by their records. Every call may be repeated. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
public interface IVmwareImages
{
    /// <summary>Writes a record into the guest's folder, which is made when it is not there. Refused by the host when the folder is not within one of the stores.</summary>
    Task WriteRecordAsync(IHostShell host, string guestFolder, IReadOnlyList<string> stores, ImportRecord record, CancellationToken cancellationToken);

    /// <summary>The record in a guest's folder; null when there is none, or none that can be read.</summary>
    Task<ImportRecord?> ReadRecordAsync(IHostShell host, string guestFolder, CancellationToken cancellationToken);

    /// <summary>Which of some files are there.</summary>
    Task<IReadOnlySet<string>> FindAsync(IHostShell host, IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>
    /// Converts a disk of a record in a job, unless it is there. Space is measured first; the disk is written under a temporary name, checked, and renamed when the source is still what was
    /// recorded. Waits some seconds for the end. A job that the host knows by this name is that one; after its end it has to be forgotten (<see cref="IHostJobs.ForgetAsync"/>).
    /// </summary>
    Task<ConversionState> ConvertAsync(IHostShell host, JobName name, SourceScope scope, string guestFolder, int disk, CancellationToken cancellationToken);

    /// <summary>Deletes what a record lists as disposable, each file only when it is still the one that was listed.</summary>
    /// <exception cref="SourceRefusedException">The source is not there any more, or lies outside of the scope.</exception>
    Task<TrimResult> TrimAsync(IHostShell host, SourceScope scope, string guestFolder, CancellationToken cancellationToken);

    /// <summary>Removes the disks of an import that was given up, what was in work, and its record; the folder goes when nothing is left in it. None of them may belong to a guest.</summary>
    Task RemoveAsync(IHostShell host, string guestFolder, IReadOnlyList<string> targets, CancellationToken cancellationToken);
}
