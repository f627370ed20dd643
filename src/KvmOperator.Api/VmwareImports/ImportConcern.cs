using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>Something that a person should know before an import, or that prevents it.</summary>
public sealed record ImportConcern
{
    /// <summary>How bad it is.</summary>
    [Required]
    public ConcernCategory Category { get; init; }

    /// <summary>What it is, in a few words.</summary>
    [Required]
    public string Label { get; init; } = "";

    /// <summary>What it means and what to do.</summary>
    public string? Assessment { get; init; }
}
