using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>A disk of another guest.</summary>
public sealed record CloneSource
{
    /// <summary>The guest, in the same namespace. It has to be shut off while it is copied.</summary>
    [Required]
    [Length(1, 63)]
    [Pattern(Patterns.ObjectName)]
    public string VirtualMachine { get; init; } = "";

    /// <summary>The name of its disk.</summary>
    [Required]
    [Length(1, 32)]
    [Pattern(Patterns.Label)]
    public string Disk { get; init; } = "";
}
