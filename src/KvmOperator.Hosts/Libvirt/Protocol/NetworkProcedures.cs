namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What concerns libvirt's networks. Each method is one procedure of libvirt's protocol; all exceptions of <see cref="LibvirtConnection"/> apply to each.</summary>
public static class NetworkProcedures
{
    /// <summary>The networks of the host, as <c>virsh net-list</c>.</summary>
    public static Task<IReadOnlyList<LibvirtNetwork>> ListNetworksAsync(this LibvirtConnection connection, NetworkListFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectListAllNetworks,
            writer => writer.Integer(1).Unsigned((uint)flags),
            static reader => reader.CountedList(ProtocolLimits.Networks, LibvirtNetwork.Smallest, LibvirtNetwork.Read),
            connection.Options.Question,
            cancellationToken);

    /// <summary>Looks a network up. <see cref="LibvirtErrorCode.NoNetwork"/> when there is none.</summary>
    public static Task<LibvirtNetwork> FindNetworkAsync(this LibvirtConnection connection, string name, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.NetworkLookupByName, writer => writer.Text(name), LibvirtNetwork.Read, connection.Options.Question, cancellationToken);

    /// <summary>Whether a network is on.</summary>
    public static Task<bool> IsActiveAsync(this LibvirtConnection connection, LibvirtNetwork network, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.NetworkIsActive, writer => writer.Network(network), static reader => reader.Integer() != 0, connection.Options.Question, cancellationToken);
}
