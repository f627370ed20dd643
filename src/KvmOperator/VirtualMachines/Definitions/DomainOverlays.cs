using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>
/// External snapshots: a disk's file is then the base of another one, in which the guest writes and which the domain names (<c>virsh snapshot-create-as --disk-only</c>, backup tools).
/// The disk is where the guest writes; taking that file from it would take away all that was written since. Pure.
/// </summary>
internal static class DomainOverlays
{
    /// <summary>What people are told when there is nothing of the kind.</summary>
    public const string None = "the domain is defined as the spec says";

    /// <summary>Files that the domain has and the definition does not know: each may be in the place of a disk that the domain seems to lack. None when it lacks none.</summary>
    public static IReadOnlyList<string> Suspects(IEnumerable<DomainDifference> differences)
    {
        var all = differences.ToList();
        return all.OfType<DomainDifference.MissingDisk>().Any()
            ? [.. all.OfType<DomainDifference.ExtraDisk>().Select(extra => extra.Path).Distinct(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The disks that are the base of one of the domain's files, with that file.</summary>
    /// <param name="wanted">What the domain should be.</param>
    /// <param name="backingFiles">The files behind each suspect.</param>
    public static IReadOnlyDictionary<string, string> Find(GuestDefinition wanted, IReadOnlyDictionary<string, IReadOnlyList<string>> backingFiles) =>
        wanted.Disks
            .Select(disk => (disk.Path, Overlay: backingFiles.FirstOrDefault(pair => pair.Value.Contains(disk.Path, StringComparer.Ordinal)).Key))
            .Where(pair => pair.Overlay is not null)
            .ToDictionary(pair => pair.Path, pair => pair.Overlay, StringComparer.Ordinal);

    /// <summary>The definition with its disks where the guest writes them.</summary>
    public static GuestDefinition Redirect(GuestDefinition wanted, IReadOnlyDictionary<string, string> overlays) =>
        overlays.Count == 0 ? wanted : wanted with { Disks = [.. wanted.Disks.Select(disk => overlays.TryGetValue(disk.Path, out var overlay) ? disk with { Path = overlay } : disk)] };

    /// <summary>What people are told.</summary>
    public static string Message(GuestDefinition wanted, IReadOnlyDictionary<string, string> overlays) => overlays.Count == 0
        ? None
        : $"{None}, but writes in snapshots: {string.Join(", ", overlays.Select(pair => $"{pair.Value} over {pair.Key}"))}. Merge them when they are not needed any more: virsh blockcommit {wanted.Identity.Reference} DISK --active --pivot";
}
