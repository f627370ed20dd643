namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A network interface of a guest and its addresses.</summary>
/// <param name="Name">Its name: in the guest when the agent told of it, else on the host.</param>
/// <param name="HardwareAddress">Its MAC address; null while unknown.</param>
/// <param name="Addresses">Its addresses.</param>
public sealed record DomainInterface(string Name, string? HardwareAddress, IReadOnlyList<DomainAddress> Addresses)
{
    private const int SmallestAddress = 12;

    /// <summary>Bytes that one takes at least.</summary>
    internal const int Smallest = 12;

    internal static DomainInterface Read(XdrReader reader) => new(
        reader.Text(),
        reader.OptionalText(),
        reader.List(ProtocolLimits.InterfaceAddresses, SmallestAddress, static reader => new DomainAddress(reader.Integer() == DomainAddress.Version6, reader.Text(), reader.Unsigned())));
}
