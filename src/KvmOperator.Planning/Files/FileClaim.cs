namespace KvmOperator.Planning.Files;

/// <summary>A file that a guest names.</summary>
/// <param name="File">The file, the same text for whoever names it: its server and its path there.</param>
/// <param name="Shown">The file as people know it.</param>
/// <param name="Use">As what it is named.</param>
/// <param name="Disk">For which of its disks; empty for none of them.</param>
/// <param name="HasIt">Whether the guest is known to have it already: as its disk, or as what its disk is linked to.</param>
public sealed record FileClaim(string File, string Shown, FileUse Use, string Disk, bool HasIt)
{
    /// <summary>Whether who has the file so writes to it, or is the only one to read it: two at once destroy it.</summary>
    public bool IsExclusive => Use is FileUse.OwnDisk or FileUse.CloudInit or FileUse.Existing;
}
