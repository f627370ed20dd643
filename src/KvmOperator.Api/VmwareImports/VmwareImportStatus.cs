using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>How an import goes.</summary>
public sealed record VmwareImportStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Where the import stands.</summary>
    public VmwareImportPhase? Phase { get; init; }

    /// <summary>The step that is being done.</summary>
    public ImportStep? Step { get; init; }

    /// <summary>How far the import is in all, 0 to 100.</summary>
    public int? ProgressPercent { get; init; }

    /// <summary>What is known, one entry a type.</summary>
    [XListMapKeys("type")]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The steps.</summary>
    [XListMapKeys("step")]
    public IReadOnlyList<ImportPipelineStep> Pipeline { get; init; } = [];

    /// <summary>What was noticed before anything was touched.</summary>
    public IReadOnlyList<ImportConcern> Concerns { get; init; } = [];

    /// <summary>The disks.</summary>
    public IReadOnlyList<ImportedDisk> Disks { get; init; } = [];

    /// <summary>The KvmHost that does the work.</summary>
    public string? Host { get; init; }
}
