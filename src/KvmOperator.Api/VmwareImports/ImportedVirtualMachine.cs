using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>The VirtualMachine that an import makes. What is not said is as it was in VMware.</summary>
[ValidationRule("!(has(self.network) && has(self.bridge))", Message = "name either network or bridge")]
public sealed record ImportedVirtualMachine
{
    /// <summary>Its name, in the import's namespace.</summary>
    [Required]
    [Length(1, 63)]
    [Pattern(Patterns.ObjectName)]
    public string Name { get; init; } = "";

    /// <summary>Virtual CPUs.</summary>
    [RangeMinimum(1)]
    [RangeMaximum(512)]
    public int? Vcpus { get; init; }

    /// <summary>Memory.</summary>
    public ResourceQuantity? Memory { get; init; }

    /// <summary>The libvirt network of all its cards.</summary>
    [Length(1, 63)]
    [Pattern(Patterns.NetworkName)]
    public string? Network { get; init; }

    /// <summary>The bridge of all its cards.</summary>
    [Length(1, 15)]
    [Pattern(Patterns.InterfaceName)]
    public string? Bridge { get; init; }

    /// <summary>Whether its cards keep their addresses.</summary>
    [DefaultValue(true)]
    public bool KeepMacAddresses { get; init; } = true;
}
