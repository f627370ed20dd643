using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Images;

/// <summary>Makes and removes disks on a mounted store. Every call may be repeated. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
public interface IDiskImages
{
    /// <summary>
    /// Makes a disk in a job. It is written under a temporary name and renamed when complete, so a file with the right name is a whole disk. An existing disk is left alone: the job succeeds at once.
    /// Each call waits up to two seconds for the job's end.
    /// </summary>
    Task<JobState> CreateAsync(IHostShell host, JobName name, DiskPlan disk, CancellationToken cancellationToken);

    /// <summary>Reads about a disk, also one in use; null when there is no such file. Its format is known and never guessed from what a guest has written.</summary>
    Task<DiskInfo?> ReadAsync(IHostShell host, string path, string format, CancellationToken cancellationToken);

    /// <summary>The files that a disk's file keeps only the difference to, from the nearest to the last; none when it is whole, is not there, or is no qcow2 file.</summary>
    Task<IReadOnlyList<string>> ReadBackingFilesAsync(IHostShell host, string path, CancellationToken cancellationToken);

    /// <summary>Grows a disk that no guest uses at present; QEMU's lock refuses it otherwise.</summary>
    Task GrowAsync(IHostShell host, string path, string format, long bytes, CancellationToken cancellationToken);

    /// <summary>Makes QEMU's user the owner of disks that somebody else put there: libvirt does not do it for shared disks (docs/adr/0001). A missing file is left to the next reader.</summary>
    Task GiveToQemuAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken);

    /// <summary>Removes a disk and what an interrupted creation left of it. A missing one is fine. Whether a guest uses it is the caller's to know.</summary>
    Task DeleteAsync(IHostShell host, string path, CancellationToken cancellationToken);

    /// <summary>Removes a folder if nothing is left in it. A missing one is fine.</summary>
    Task DeleteFolderAsync(IHostShell host, string path, CancellationToken cancellationToken);
}
