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

    /// <summary>When the disks began to be converted.</summary>
    public DateTime? StartTime { get; init; }

    /// <summary>When the import was over.</summary>
    public DateTime? CompletionTime { get; init; }

    /// <summary>What is known, one entry a type.</summary>
    [XListMapKeys("type")]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The steps.</summary>
    [Items(0, 6)]
    [XListMapKeys("step")]
    public IReadOnlyList<ImportPipelineStep> Pipeline { get; init; } = [];

    /// <summary>What was noticed before anything was touched.</summary>
    [Items(0, 256)]
    public IReadOnlyList<ImportConcern> Concerns { get; init; } = [];

    /// <summary>The disks.</summary>
    [Items(0, 64)]
    public IReadOnlyList<ImportedDisk> Disks { get; init; } = [];

    /// <summary>The KvmHost that does the work.</summary>
    public string? Host { get; init; }

    /// <summary>What the source is.</summary>
    public ImportSourceSummary? Source { get; init; }

    /// <summary>What is disposable in the source, and what was deleted.</summary>
    public ImportTrimReport? Trim { get; init; }

    /// <summary>What was seen of the guest.</summary>
    public ImportEvidence? Evidence { get; init; }

    /// <summary>The VirtualMachine that was made. It is nobody's but its own: deleting the import leaves it.</summary>
    public LocalObjectReference? VirtualMachineRef { get; init; }

    /// <summary>The VirtualMachine as YAML, for Git.</summary>
    public string? VirtualMachineManifest { get; init; }
}
