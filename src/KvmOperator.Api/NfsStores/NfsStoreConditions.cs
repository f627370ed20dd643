namespace KvmOperator.Api.NfsStores;

/// <summary>The types of an NfsStore's conditions, besides <see cref="CommonConditions"/>.</summary>
public static class NfsStoreConditions
{
    /// <summary>The server answers.</summary>
    public const string ServerReady = "ServerReady";

    /// <summary>The folder is exported to the pool's hosts and to nobody else.</summary>
    public const string Exported = "Exported";

    /// <summary>Every host of the pool has it mounted and sees the same bytes.</summary>
    public const string Mounted = "Mounted";

    /// <summary>There is room for more disks. It does not count in Ready: the guests that are there run on.</summary>
    public const string SpaceAvailable = "SpaceAvailable";

    /// <summary>All types, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [CommonConditions.Ready, CommonConditions.Valid, ServerReady, Exported, Mounted, SpaceAvailable];
}
