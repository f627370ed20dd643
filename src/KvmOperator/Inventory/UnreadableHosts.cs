using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory;

/// <summary>
/// Hosts that exist and that this program cannot work on, because it cannot read their objects or because their specs are invalid: their guests run on. Nothing is taken from them by their peers and
/// their stores because of that; what can be read of them is their names and their addresses. Pure.
/// </summary>
internal static class UnreadableHosts
{
    /// <summary>A host of which the object cannot be read, to its peers: with no keys of its own, so that those that stand at its peers stay there. null when it has no address that can be told.</summary>
    public static PeerHost? AsPeer(UndecodableObject host) => AsPeer(host.Key.Name, host.Text("spec", "migrationAddress"), host.Text("spec", "address"));

    /// <summary>The same for one whose spec is invalid.</summary>
    public static PeerHost? AsPeer(KvmHost host) => AsPeer(host.Name(), host.Spec.MigrationAddress, host.Spec.Address);

    private static PeerHost? AsPeer(string name, params string?[] addresses) =>
        PoolPeers.Canonical(addresses.OfType<string>().Where(KvmHostValidator.IsAddress)) is { Count: > 0 } known
            ? new PeerHost(name, known, Identity: null)
            : null;
}
