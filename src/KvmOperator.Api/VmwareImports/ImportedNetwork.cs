using KvmOperator.Api.Attributes;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What becomes of a network card, where it should be something else than what the inspection proposes.</summary>
[ValidationRule("!(has(self.network) && has(self.bridge))", Message = "name either network or bridge")]
public sealed record ImportedNetwork
{
    /// <summary>The card by its number in VMware: 0 for <c>ethernet0</c>.</summary>
    [Required]
    [RangeMinimum(0)]
    [RangeMaximum(99)]
    public int Index { get; init; }

    /// <summary>Its libvirt network.</summary>
    [Length(1, 63)]
    [Pattern(Patterns.NetworkName)]
    public string? Network { get; init; }

    /// <summary>Its bridge.</summary>
    [Length(1, 15)]
    [Pattern(Patterns.InterfaceName)]
    public string? Bridge { get; init; }

    /// <summary>Its model.</summary>
    public NicModel? Model { get; init; }

    /// <summary>Its address, instead of the one it had.</summary>
    [Length(17, 17)]
    [Pattern(Patterns.MacAddress)]
    public string? Mac { get; init; }
}
