using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>Where a VMware machine's files are: on a host, or in a store.</summary>
[ValidationRule("has(self.hostRef) != has(self.storeRef)", Message = "name either hostRef or storeRef")]
public sealed record ImportSource
{
    /// <summary>The KvmHost on whose disks they are.</summary>
    public LocalObjectReference? HostRef { get; init; }

    /// <summary>The NfsStore in which they are.</summary>
    public LocalObjectReference? StoreRef { get; init; }

    /// <summary>The machine's folder, or its .vmx, .ova, .ovf or .vmdk file: absolute on a host, or as the hosts see it in a store.</summary>
    [Required]
    [Length(2, 1024)]
    [Pattern(Patterns.AnyPath)]
    [ValidationRule("!(self + '/').contains('/../')", Message = "the path has a folder '..': write it as it is")]
    public string Path { get; init; } = "";

    /// <summary>The .vmx of the folder that is meant, when it has several. May be changed until the disks are converted.</summary>
    [Length(1, 255)]
    [Pattern(Patterns.FileName)]
    public string? Vmx { get; init; }

    /// <summary>The snapshot whose state is imported, by its name in VMware; the current state when none is named. May be changed until the disks are converted.</summary>
    [Length(1, 255)]
    [Pattern(Patterns.OneLine)]
    public string? Snapshot { get; init; }
}
