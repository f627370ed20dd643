namespace KvmOperator.Api.KvmHosts;

/// <summary>The types of a KvmHost's conditions, besides <see cref="CommonConditions"/>. Each step of the preparation is one.</summary>
public static class KvmHostConditions
{
    /// <summary>The machine answers by SSH and is who it was.</summary>
    public const string Reachable = "Reachable";

    /// <summary>It has a name, and resolves those of its peers.</summary>
    public const string NamesResolved = "NamesResolved";

    /// <summary>Its firewall lets through what is needed.</summary>
    public const string FirewallReady = "FirewallReady";

    /// <summary>SELinux lets guests use NFS, and is in the mode that the spec names, if it names one.</summary>
    public const string SelinuxReady = "SelinuxReady";

    /// <summary>Its clock is synchronised.</summary>
    public const string TimeSynchronized = "TimeSynchronized";

    /// <summary>KVM and libvirt work.</summary>
    public const string VirtualizationReady = "VirtualizationReady";

    /// <summary>It and its peers let each other in.</summary>
    public const string PeersTrusted = "PeersTrusted";

    /// <summary>All stores of its pool are mounted and answer. One that is mounted and does not answer leaves the host Ready.</summary>
    public const string StoresMounted = "StoresMounted";

    /// <summary>It is proven that it cannot write to shared storage, so that its guests may run elsewhere.</summary>
    public const string Fenced = "Fenced";

    /// <summary>It could be shut out at this moment, on every server of its pool's stores. It does not count in <see cref="CommonConditions.Ready"/>.</summary>
    public const string FencingReady = "FencingReady";

    /// <summary>The other hosts of its pool could take its guests if it failed. It does not count in <see cref="CommonConditions.Ready"/>.</summary>
    public const string FailoverAdmitted = "FailoverAdmitted";

    /// <summary>Nothing would follow from its failure: failover is not armed for its pool, or a person switched it off for a while. It does not count in <see cref="CommonConditions.Ready"/>.</summary>
    public const string Disarmed = "Disarmed";

    /// <summary>No other host of its pool has its hostname or its UUID: libvirt refuses every move between two that do. It does not count in <see cref="CommonConditions.Ready"/>.</summary>
    public const string IdentityUnique = "IdentityUnique";

    /// <summary>No guest is left on it.</summary>
    public const string Drained = "Drained";

    /// <summary>It has had too much to do for a while; the message says which move would help. It does not count in <see cref="CommonConditions.Ready"/>.</summary>
    public const string Overloaded = "Overloaded";

    /// <summary>All types, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        CommonConditions.Ready, CommonConditions.Valid, Reachable, NamesResolved, FirewallReady, SelinuxReady, TimeSynchronized,
        VirtualizationReady, PeersTrusted, StoresMounted, IdentityUnique, FencingReady, FailoverAdmitted, Disarmed, Fenced, Overloaded, Drained,
    ];
}
