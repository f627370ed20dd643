using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Inventory;

/// <summary>Says what hosts have to know of each other. Pure.</summary>
internal static class PoolPeers
{
    /// <summary>A host as its peers know it. One whose keys are not known yet is named, and trusted later.</summary>
    public static PeerHost Of(KvmHost peer) => new(
        peer.Name(),
        Addresses(peer.Spec),
        peer.Status?.Ssh is { PublicKey: { } key, HostKeys.Count: > 0 } ssh ? new PeerIdentity(key, ssh.HostKeys) : null);

    /// <summary>The addresses of a host, the one for moves first, each in the spelling in which others print it.</summary>
    public static IReadOnlyList<string> Addresses(KvmHostSpec spec) => Canonical([spec.MigrationAddress ?? spec.Address, spec.Address]);

    /// <summary>Addresses of one host, each once and in the spelling in which others print it.</summary>
    public static IReadOnlyList<string> Canonical(IEnumerable<string> addresses) => [.. addresses.Select(NetworkAddress.Canonical).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether two hosts are the same to their peers.</summary>
    public static bool AreSame(PeerHost one, PeerHost other) =>
        one.Name == other.Name && one.Addresses.SequenceEqual(other.Addresses, StringComparer.Ordinal) && Equals(one.Identity, other.Identity);
}
