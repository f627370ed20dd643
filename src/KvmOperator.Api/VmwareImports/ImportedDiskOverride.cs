using KvmOperator.Api.Attributes;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What becomes of a disk, where it should be something else than what the inspection proposes.</summary>
public sealed record ImportedDiskOverride
{
    /// <summary>The disk by its place in VMware: <c>scsi0:0</c>. The summary of the source lists them.</summary>
    [Required]
    [Length(5, 16)]
    [Pattern(Patterns.VmwareSlot)]
    public string Slot { get; init; } = "";

    /// <summary>Its bus.</summary>
    public DiskBus? Bus { get; init; }
}
