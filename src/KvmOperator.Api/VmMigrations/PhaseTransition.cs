using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmMigrations;

/// <summary>When a phase began.</summary>
public sealed record PhaseTransition
{
    /// <summary>The phase.</summary>
    [Required]
    public VmMigrationPhase Phase { get; init; }

    /// <summary>When it began.</summary>
    [Required]
    public DateTime Time { get; init; }
}
