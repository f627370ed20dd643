using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>A guest's disk.</summary>
[ValidationRule("self.storeRef == oldSelf.storeRef", Message = "a disk stays in its store: add a new disk there and copy", FieldPath = ".storeRef")]
[ValidationRule("has(self.source) == has(oldSelf.source) && (!has(self.source) || self.source == oldSelf.source)", Message = "where a disk came from cannot be changed afterwards: add a new disk", FieldPath = ".source")]
[ValidationRule("self.format == oldSelf.format", Message = "the format of a disk's file cannot be changed afterwards: add a new disk and copy", FieldPath = ".format")]
[ValidationRule("self.sharing == oldSelf.sharing", Message = "what a disk shares with its source cannot be changed afterwards: add a new disk", FieldPath = ".sharing")]
[ValidationRule("has(self.size) || has(self.source)", Message = "say the size of an empty disk, or its source")]
[ValidationRule("self.sharing != 'Linked' || (has(self.source) && !has(self.source.existing))", Message = "an empty disk and an existing file are linked to nothing: leave it out, or name an image or a clone", FieldPath = ".sharing")]
[ValidationRule("self.sharing != 'Linked' || self.format == 'qcow2'", Message = "only qcow2 can be linked: leave it out, or say format: qcow2", FieldPath = ".sharing")]
public sealed record VirtualMachineDisk
{
    /// <summary>Its name within the guest; a part of its file's name.</summary>
    [Required]
    [Length(1, 32)]
    [Pattern(Patterns.Label)]
    public string Name { get; init; } = "";

    /// <summary>Its size. Larger than its source: it is grown. It never shrinks.</summary>
    public ResourceQuantity? Size { get; init; }

    /// <summary>The store that holds it.</summary>
    [Required]
    public LocalObjectReference StoreRef { get; init; } = new();

    /// <summary>What it begins with; empty when nothing is said.</summary>
    public DiskSource? Source { get; init; }

    /// <summary>How the guest sees it.</summary>
    [DefaultValue(DiskBus.Virtio)]
    public DiskBus Bus { get; init; } = DiskBus.Virtio;

    /// <summary>The format of its file.</summary>
    [DefaultValue(DiskFormat.Qcow2)]
    public DiskFormat Format { get; init; } = DiskFormat.Qcow2;

    /// <summary>Full: a copy of its own. Linked: keeps only what differs from the source, which must never change then.</summary>
    [DefaultValue(DiskSharing.Full)]
    public DiskSharing Sharing { get; init; } = DiskSharing.Full;
}
