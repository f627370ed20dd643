using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Images;

/// <summary>Makes and removes disks on a mounted store. Every call may be repeated. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
public interface IDiskImages
{
    /// <summary>
    /// Makes disks in one job, one after the other. A source that is no disk image, or points to files outside of the scope, and a copy that does not fit into the store beside <see cref="StoreReserve"/> are
    /// refused before anything is written; a copy that comes near the end of the store all the same is given up, and what it wrote goes away. Each is written under a temporary name and renamed when complete, so a file with the right name is a whole disk. Existing disks are left alone: a job
    /// with nothing else to do succeeds at once. Each call waits up to five seconds for the job's end. A job that the host knows by this name, running or ended, is that one, whatever it makes;
    /// after its end it has to be forgotten (<see cref="IHostJobs.ForgetAsync"/>).
    /// </summary>
    Task<DiskWork> CreateAsync(IHostShell host, JobName name, DiskScope scope, IReadOnlyList<DiskPlan> disks, CancellationToken cancellationToken);

    /// <summary>
    /// Reads about disks, also ones in use, in one command; null for each that is not there. Their formats are known and never guessed from what a guest has written. One that must not be used, because it
    /// is no disk or points to files outside of the scope, is not opened: <see cref="DiskInfo.Refusal"/> says why.
    /// </summary>
    Task<IReadOnlyList<DiskInfo?>> ReadAsync(IHostShell host, DiskScope scope, IReadOnlyList<DiskFile> disks, CancellationToken cancellationToken);

    /// <summary>The files that a disk's file keeps only the difference to, from the nearest to the last; none when it is whole, is not there, or is no qcow2 file. Only what the headers say: none of them is opened as an image.</summary>
    Task<IReadOnlyList<string>> ReadBackingFilesAsync(IHostShell host, string path, CancellationToken cancellationToken);

    /// <summary>Grows a disk that no guest uses at present; QEMU's lock refuses it otherwise.</summary>
    Task GrowAsync(IHostShell host, string path, string format, long bytes, CancellationToken cancellationToken);

    /// <summary>Makes QEMU's user the owner of disks that somebody else put there: libvirt does not do it for shared disks (docs/adr/0001). A missing file is left to the next reader.</summary>
    Task GiveToQemuAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken);

    /// <summary>Removes a disk and what an interrupted creation left of it. A missing one is fine. Whether a guest uses it is the caller's to know.</summary>
    Task DeleteAsync(IHostShell host, string path, CancellationToken cancellationToken);

    /// <summary>Removes what interrupted creations left of disks. None is fine.</summary>
    Task DeletePartsAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken);

    /// <summary>Removes a folder if nothing is left in it. A missing one is fine.</summary>
    Task DeleteFolderAsync(IHostShell host, string path, CancellationToken cancellationToken);
}
