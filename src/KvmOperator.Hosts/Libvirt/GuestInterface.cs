namespace KvmOperator.Hosts.Libvirt;

/// <summary>A network interface of a guest: either on a libvirt network or on a bridge of the host.</summary>
/// <param name="Network">The libvirt network; null for a bridge.</param>
/// <param name="Bridge">The bridge; null for a libvirt network.</param>
/// <param name="MacAddress">Its address.</param>
public sealed record GuestInterface(string? Network, string? Bridge, string MacAddress)
{
    /// <summary>What is made where nobody wants a certain model.</summary>
    public const string UsualModel = "virtio";

    /// <summary>The model that the guest sees, as libvirt calls it; null for <see cref="UsualModel"/>, and for whatever a card has that is there already.</summary>
    public string? Model { get; init; }

    /// <summary>Its place among what the guest is started from, from 1; null when it is not tried.</summary>
    public int? BootOrder { get; init; }
}
