using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Failover;

/// <summary>A machine that serves stores of a pool: several stores of one machine are shut out together.</summary>
/// <param name="Name">Its address, as specs name it, in one spelling.</param>
/// <param name="Stores">The pool's stores that it serves, by name.</param>
internal sealed record PoolServer(string Name, IReadOnlyList<NfsStore> Stores)
{
    /// <summary>The store by which the operator may run commands on it; null when it is somebody else's. Nothing of an invalid spec reaches a machine.</summary>
    public NfsStore? Managed { get; } = Stores.FirstOrDefault(store => store.Spec.Server.Ssh is not null && NfsStoreValidator.Validate(store).Count == 0);

    /// <summary>The servers of some stores, by name.</summary>
    public static IReadOnlyList<PoolServer> Of(IEnumerable<NfsStore> stores) =>
    [
        .. stores.GroupBy(NameOf, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new PoolServer(group.Key, [.. group.OrderBy(store => store.Name(), StringComparer.Ordinal)])),
    ];

    /// <summary>The server of a store.</summary>
    public static string NameOf(NfsStore store) => NetworkAddress.Canonical(store.Spec.Server.Address.ToLowerInvariant());
}
