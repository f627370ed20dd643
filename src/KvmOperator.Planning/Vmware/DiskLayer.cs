using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A layer of a disk: the base, or what changed after a snapshot.</summary>
/// <param name="File">The file that a .vmx or a layer above names.</param>
/// <param name="Descriptor">What it says.</param>
/// <param name="Extents">Its parts in their order.</param>
/// <param name="StreamLength">For a stream (streamOptimized) how long it is, without what tools pad behind it: such a file is opened itself. Null for every other one.</param>
public sealed record DiskLayer(SourceFile File, VmdkDescriptor Descriptor, IReadOnlyList<DiskExtent> Extents, long? StreamLength)
{
    /// <summary>What the guest sees, in bytes.</summary>
    public long Size => Extents.Sum(extent => extent.Sectors) * 512;

    /// <summary>What its files take, in bytes.</summary>
    public long FileBytes => Files.Sum(file => file.Size);

    /// <summary>Its files, each once.</summary>
    public IEnumerable<SourceFile> Files => Extents.Select(extent => extent.File).OfType<SourceFile>().Append(File).DistinctBy(file => file.Path, StringComparer.Ordinal);
}
