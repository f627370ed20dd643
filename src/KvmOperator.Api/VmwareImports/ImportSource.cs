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

    /// <summary>The folder with the .vmx file, or the .ova file: absolute on a host, or as the hosts see it in a store.</summary>
    [Required]
    [Length(2, 1024)]
    [Pattern(Patterns.AnyPath)]
    [ValidationRule("!(self + '/').contains('/../')", Message = "the path has a folder '..': write it as it is")]
    public string Path { get; init; } = "";
}
