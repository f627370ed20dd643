using KvmOperator.Api.Attributes;

namespace KvmOperator.Api;

/// <summary>Names another object.</summary>
public sealed record LocalObjectReference
{
    /// <summary>The object's name.</summary>
    [Required]
    [Length(1, 253)]
    [Pattern(Patterns.ObjectName)]
    public string Name { get; init; } = "";
}
