using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A network card.</summary>
/// <param name="Index">Its number.</param>
public sealed record SourceNic(int Index)
{
    /// <summary>Its model in small letters, null when none is given.</summary>
    public string? Model { get; init; }

    /// <summary>Its address in small letters, null when there is none or it is none.</summary>
    public string? Mac { get; init; }

    /// <summary>Whether a person chose the address.</summary>
    public bool IsStatic { get; init; }

    /// <summary>How it is connected, in small letters: <c>bridged</c>, <c>nat</c>, <c>hostonly</c>, <c>custom</c>. Null when it is not said, which is bridged on hosted products, and means <see cref="NetworkName"/> on an ESXi.</summary>
    public string? Connection { get; init; }

    /// <summary>VMware's virtual network of a custom connection: <c>VMnet5</c>.</summary>
    public string? Vnet { get; init; }

    /// <summary>The port group of an ESXi.</summary>
    public string? NetworkName { get; init; }

    /// <summary>Whether it is connected from the start.</summary>
    public bool IsConnected { get; init; } = true;

    /// <summary>Its place on the PCI bus, by which a guest names it; null when it is not known.</summary>
    public int? PciSlot { get; init; }

    /// <summary>What it is connected to, for people, and to tell cards in different networks apart.</summary>
    public string Network => Connection switch
    {
        "custom" => Vnet ?? "custom",
        null or "bridged" when NetworkName is not null => NetworkName,
        null => "bridged",
        _ => Connection,
    };
}
