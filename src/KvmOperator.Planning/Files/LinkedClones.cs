namespace KvmOperator.Planning.Files;

/// <summary>Says which guests keep only what differs from another guest's disks: while they exist, those disks must neither change nor go. Pure.</summary>
public static class LinkedClones
{
    /// <summary>The guests that are linked to a guest's disks, by their full names in order. One that still waits to be linked has nothing to lose yet.</summary>
    /// <param name="origin">The guest.</param>
    /// <param name="others">All guests, or those of them that may be linked to it; it may be among them.</param>
    public static IReadOnlyList<string> Of(LinkedGuest origin, IEnumerable<LinkedGuest> others) =>
    [
        .. others
            .Where(other => other.FullName != origin.FullName && (IsLinkedByFile(other, origin) || other.Disks.Any(disk => !disk.Waits && IsLinked(other, disk, origin))))
            .Select(other => other.FullName)
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsLinked(LinkedGuest other, LinkedDisk disk, LinkedGuest origin) => disk.LinkedTo switch
    {
        DiskOrigin.Disk cloned => other.Namespace == origin.Namespace && cloned.Guest == origin.Name && origin.Disks.Any(own => own.Name == cloned.Name),

        // An image that others are linked to, and that a guest has as an existing disk.
        DiskOrigin.Image image => origin.Disks.Any(own => own.Store == disk.Store && own.Existing == image.File),
        _ => false,
    };

    /// <summary>Also a file that was linked once and is an existing one of a new guest now.</summary>
    private static bool IsLinkedByFile(LinkedGuest other, LinkedGuest origin) => other.BackingFiles.Intersect(origin.Paths, StringComparer.Ordinal).Any();
}
