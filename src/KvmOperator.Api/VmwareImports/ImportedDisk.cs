using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>A disk of an import.</summary>
public sealed record ImportedDisk
{
    /// <summary>The file it comes from: the top of its snapshot chain.</summary>
    [Required]
    public string Source { get; init; } = "";

    /// <summary>Its place in VMware.</summary>
    public string? Slot { get; init; }

    /// <summary>The kind of its current state, in VMware's words.</summary>
    public string? Format { get; init; }

    /// <summary>How many layers it has: one more than snapshots.</summary>
    public int? Layers { get; init; }

    /// <summary>The file it becomes.</summary>
    public string? Target { get; init; }

    /// <summary>What the guest sees.</summary>
    public long? VirtualBytes { get; init; }

    /// <summary>What it takes when it is converted.</summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>How far its conversion is, 0 to 100.</summary>
    public int? Progress { get; init; }

    /// <summary>Bytes that are converted.</summary>
    public long? BytesDone { get; init; }

    /// <summary>Bytes that are to be converted.</summary>
    public long? BytesTotal { get; init; }

    /// <summary>Bytes a second.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Seconds that are left.</summary>
    public long? EtaSeconds { get; init; }

    /// <summary>Whether the converted disk was checked.</summary>
    public bool? Checked { get; init; }
}
