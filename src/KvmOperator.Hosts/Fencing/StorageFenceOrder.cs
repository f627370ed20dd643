namespace KvmOperator.Hosts.Fencing;

/// <summary>Which host is shut out of a storage server, for which failure, and by whom.</summary>
/// <param name="FailoverId">Names the failure. Only with the same name can the fence be ended.</param>
/// <param name="Host">The host's name.</param>
/// <param name="Epoch">The leader. A lower one than the one that fenced is refused.</param>
/// <param name="Addresses">All addresses of the host, however they are spelt. A client is known by any of them.</param>
public sealed record StorageFenceOrder(string FailoverId, string Host, long Epoch, IReadOnlyList<string> Addresses)
{
    /// <summary>What the host calls itself as a client (its hostname): a client whose first connection came from another of its addresses is known by that. Null for not known.</summary>
    public string? ClientName { get; init; }

    /// <summary>The folders that are exported to it.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Disks of the guests that are to be started elsewhere, as the server's states name files: major and minor number of the device in hexadecimal and the inode, <c>08:01:131074</c>.</summary>
    public IReadOnlyList<string> Inodes { get; init; } = [];

    /// <summary>Addresses of hosts that are well: one of them must be seen on the server, or what is not seen there says nothing.</summary>
    public IReadOnlyList<string> Controls { get; init; } = [];
}
