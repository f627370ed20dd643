using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory;

/// <summary>Under what hosts and stores are filed.</summary>
internal static class HostIndexes
{
    /// <summary>Hosts, and stores, by their pool.</summary>
    public const string ByPool = "pool";

    /// <summary>Hosts, and stores, by the Secret that they name.</summary>
    public const string BySecret = "secret";

    /// <summary>The indexes of hosts.</summary>
    public static IReadOnlyList<EntityIndex<KvmHost>> OfHosts { get; } =
    [
        new(ByPool, host => [host.Spec.Pool]),
        new(BySecret, host => SecretOf(host.Spec.Ssh)),
    ];

    /// <summary>The indexes of stores.</summary>
    public static IReadOnlyList<EntityIndex<NfsStore>> OfStores { get; } =
    [
        new(ByPool, store => [store.Spec.Pool]),
        new(BySecret, store => SecretOf(store.Spec.Server.Ssh)),
    ];

    private static IEnumerable<string> SecretOf(HostSsh? ssh) => ssh?.CredentialsSecretRef?.Name is { } name ? [name] : [];
}
