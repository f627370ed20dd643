using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>A step of an import.</summary>
public sealed record ImportPipelineStep
{
    /// <summary>The step.</summary>
    [Required]
    public ImportStep Step { get; init; }

    /// <summary>Where it stands.</summary>
    [Required]
    public ImportStepState State { get; init; }

    /// <summary>How far it is, 0 to 100.</summary>
    public int? Progress { get; init; }

    /// <summary>When it began.</summary>
    public DateTime? Started { get; init; }

    /// <summary>When it was over.</summary>
    public DateTime? Finished { get; init; }
}
