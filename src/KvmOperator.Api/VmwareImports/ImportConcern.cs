using System.Text.Json.Serialization;
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

    /// <summary>What was found and what it means.</summary>
    public string? Assessment { get; init; }

    /// <summary>What it is, as <c>spec.acceptConcerns</c> names it.</summary>
    public string? Id { get; init; }

    /// <summary>The file, disk or card that it is about.</summary>
    [JsonPropertyName("object")]
    public string? Subject { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Suggestion { get; init; }
}
