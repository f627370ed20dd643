using System.Text.Json.Serialization;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What a disk begins with: exactly one of these.</summary>
[ValidationRule("(has(self.image) ? 1 : 0) + (has(self.clone) ? 1 : 0) + (has(self.existing) ? 1 : 0) == 1", Message = "name exactly one of image, clone, existing")]
public sealed record DiskSource
{
    /// <summary>An image file in the disk's store, as a path within it. It is copied and stays as it is.</summary>
    [Length(1, 255)]
    [Pattern(Patterns.RelativePath)]
    public string? Image { get; init; }

    /// <summary>A disk of another guest in the same namespace.</summary>
    [JsonPropertyName("clone")]
    public CloneSource? CloneOf { get; init; }

    /// <summary>A file in the disk's store that becomes the disk itself, without a copy.</summary>
    [Length(1, 255)]
    [Pattern(Patterns.RelativePath)]
    public string? Existing { get; init; }
}
