using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>A guest's disk as it is.</summary>
public sealed record VirtualMachineDiskStatus
{
    /// <summary>Its name in the spec.</summary>
    [Required]
    public string Name { get; init; } = "";

    /// <summary>Its file on the hosts.</summary>
    public string? Path { get; init; }

    /// <summary>What the guest sees.</summary>
    public long? VirtualBytes { get; init; }

    /// <summary>The file with which it shares what was not written since; that file must not change. None for a disk of its own.</summary>
    public string? BackingFile { get; init; }

    /// <summary>Whether the operator made the file, and may delete it.</summary>
    public bool? Created { get; init; }
}
