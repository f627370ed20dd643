namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How libvirt names a network.</summary>
/// <param name="Name">The name.</param>
/// <param name="Uuid">The UUID.</param>
public sealed record LibvirtNetwork(string Name, Guid Uuid)
{
    /// <summary>Bytes that one takes at least.</summary>
    internal const int Smallest = 20;

    internal static LibvirtNetwork Read(XdrReader reader) => new(reader.Text(), reader.Uuid());
}
