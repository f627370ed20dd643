namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>What a server showed after a fence, or when the fence was compared again. Lists say what is <em>left</em>: empty is good.</summary>
/// <param name="FailoverId">The failure in the server's mark; empty when the host is not marked.</param>
/// <param name="MarkedBoot">The server's boot id when the fence began.</param>
/// <param name="Boot">Its boot id when it was read.</param>
public sealed record FenceReadBack(string FailoverId, string MarkedBoot, string Boot)
{
    /// <summary>Lines of the export table that still let the host in: by its address in any spelling, by a net, a wildcard, a netgroup or a security flavour, at the store's path, above or below it.</summary>
    public IReadOnlyList<string> Exports { get; init; } = [];

    /// <summary>Entries of the kernel's caches that still let it in.</summary>
    public IReadOnlyList<string> CacheEntries { get; init; } = [];

    /// <summary>Clients of the host.</summary>
    public IReadOnlyList<string> Clients { get; init; } = [];

    /// <summary>States of others than healthy hosts on files of the guests that are to be restarted.</summary>
    public IReadOnlyList<string> States { get; init; } = [];

    /// <summary>Clients that were ended for this failure since the server's start, by this or an earlier try.</summary>
    public IReadOnlyList<string> Expired { get; init; } = [];

    /// <summary>Whether a healthy host was seen there with its exports and its client: without that, nothing that was not seen proves anything.</summary>
    public bool HasControl { get; init; }

    /// <summary>Whether everything was read a second time, a second after the caches were emptied.</summary>
    public bool IsSettled { get; init; }

    /// <summary>A digest of the exports as they stand: two that are equal mean that nobody changed them.</summary>
    public string ExportsDigest { get; init; } = string.Empty;
}
