using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>A disk of an import.</summary>
public sealed record ImportedDisk
{
    /// <summary>The file it comes from: the top of its snapshot chain.</summary>
    [Required]
    public string Source { get; init; } = "";

    /// <summary>The file it becomes.</summary>
    public string? Target { get; init; }

    /// <summary>What the guest sees.</summary>
    public long? VirtualBytes { get; init; }

    /// <summary>How far its conversion is, 0 to 100.</summary>
    public int? Progress { get; init; }
}
