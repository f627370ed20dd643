namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How libvirt names a domain. It goes by the UUID alone; the name is for its messages.</summary>
/// <param name="Name">The name.</param>
/// <param name="Uuid">The UUID.</param>
/// <param name="Id">The number of a running domain, -1 for one that is off.</param>
public sealed record LibvirtDomain(string Name, Guid Uuid, int Id = LibvirtDomain.NoId)
{
    /// <summary>What a domain has that is off, or of which only the UUID is known.</summary>
    public const int NoId = -1;

    /// <summary>Bytes that one takes at least.</summary>
    internal const int Smallest = 24;

    /// <summary>Whether it ran when libvirt told of it.</summary>
    public bool IsActive => Id != NoId;

    internal static LibvirtDomain Read(XdrReader reader) => new(reader.Text(), reader.Uuid(), reader.Integer());
}
