using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A disk: its layers from the current state down to the base.</summary>
/// <param name="Slot">Where it is attached: <c>scsi0:0</c>.</param>
/// <param name="Layers">The layers, the current state first, at least one.</param>
public sealed record DiskChain(string Slot, IReadOnlyList<DiskLayer> Layers)
{
    /// <summary>The current state.</summary>
    public DiskLayer Top => Layers[0];

    /// <summary>The base.</summary>
    public DiskLayer Base => Layers[^1];

    /// <summary>What the guest sees, in bytes.</summary>
    public long Size => Top.Size;

    /// <summary>How many bytes the layers above the base take: what somebody loses who takes the base.</summary>
    public long NewerBytes => Layers.Take(Layers.Count - 1).Sum(layer => layer.FileBytes);

    /// <summary>All its files, each once.</summary>
    public IEnumerable<SourceFile> Files => Layers.SelectMany(layer => layer.Files).DistinctBy(file => file.Path, StringComparer.Ordinal);
}
