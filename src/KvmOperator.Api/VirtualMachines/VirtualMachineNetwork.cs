using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>A guest's network card: on a libvirt network or on a bridge.</summary>
[ValidationRule("has(self.network) != has(self.bridge)", Message = "name either network or bridge")]
public sealed record VirtualMachineNetwork
{
    /// <summary>The libvirt network, by its name on every host.</summary>
    [Length(1, 63)]
    [Pattern(Patterns.NetworkName)]
    public string? Network { get; init; }

    /// <summary>The bridge, by its name on every host.</summary>
    [Length(1, 15)]
    [Pattern(Patterns.InterfaceName)]
    public string? Bridge { get; init; }

    /// <summary>The card's address, which no other guest may have. Without it, one is derived from the guest's identity and stays the same (status.macAddresses).</summary>
    [Length(17, 17)]
    [Pattern(Patterns.MacAddress)]
    public string? Mac { get; init; }

    /// <summary>How the guest sees it. Without it, virtio; a card that the guest has already keeps what it is.</summary>
    public NicModel? Model { get; init; }
}
