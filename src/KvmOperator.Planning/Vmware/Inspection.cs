using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What an inspection found.</summary>
public sealed record Inspection
{
    /// <summary>The machine, null when nothing could be read.</summary>
    public SourceMachine? Machine { get; init; }

    /// <summary>The hardware of the guest, null when there can be none.</summary>
    public ProposedMachine? Proposal { get; init; }

    /// <summary>The disks that can be read.</summary>
    public IReadOnlyList<DiskChain> Disks { get; init; } = [];

    /// <summary>The snapshots.</summary>
    public IReadOnlyList<VmSnapshot> Snapshots { get; init; } = [];

    /// <summary>What is disposable.</summary>
    public IReadOnlyList<TrimItem> Trim { get; init; } = [];

    /// <summary>Digests that have to be compared while the files are read.</summary>
    public IReadOnlyList<ManifestEntry> Checksums { get; init; } = [];

    /// <summary>Every concern, the worst first.</summary>
    public IReadOnlyList<Concern> Concerns { get; init; } = [];

    /// <summary>The files that were read and must not change until the import ends.</summary>
    public IReadOnlyList<SourceFile> Used { get; init; } = [];

    /// <summary>How many bytes were read of the source.</summary>
    public long BytesRead { get; init; }
}
