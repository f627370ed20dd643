using KvmOperator.Hosts.Nfs;

namespace KvmOperator.Hosts.Preparation;

/// <summary>What a host should be. Equal plans lead to equal hosts.</summary>
/// <param name="HostName">What its peers call it: the name of its object.</param>
/// <param name="Addresses">Its own addresses, the one for migrations first.</param>
public sealed record HostPlan(string HostName, IReadOnlyList<string> Addresses)
{
    /// <summary>The other hosts of the pool.</summary>
    public IReadOnlyList<PeerHost> Peers { get; init; } = [];

    /// <summary>What happens to the firewall.</summary>
    public FirewallMode Firewall { get; init; }

    /// <summary>What happens to SELinux.</summary>
    public SelinuxMode Selinux { get; init; } = SelinuxMode.Unmanaged;

    /// <summary>What happens to the host's name.</summary>
    public HostnameMode Naming { get; init; }

    /// <summary>What happens to the service that keeps the clock.</summary>
    public TimeServiceMode TimeService { get; init; }

    /// <summary>True when guests that may come here name libvirt's <c>default</c> network: nobody else needs it.</summary>
    public bool NeedsDefaultNetwork { get; init; }

    /// <summary>Time servers; empty means the distribution's own.</summary>
    public IReadOnlyList<string> TimeServers { get; init; } = [];

    /// <summary>True when missing packages may be installed.</summary>
    public bool ManagesPackages { get; init; } = true;

    /// <summary>The stores to mount.</summary>
    public IReadOnlyList<StoreMount> Stores { get; init; } = [];

    /// <summary>Mount paths of stores that cannot be mounted yet. What is mounted there stays: guests may use it since before the operator forgot.</summary>
    public IReadOnlyList<string> KeptMountPaths { get; init; } = [];

    /// <summary>All addresses of all peers.</summary>
    internal IEnumerable<string> PeerAddresses => Peers.SelectMany(peer => peer.Addresses).Distinct(StringComparer.Ordinal);
}
