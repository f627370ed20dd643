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

    /// <summary>Hosts by how libvirt knows them: see <see cref="NameOf"/> and <see cref="UuidOf"/>.</summary>
    public const string ByIdentity = "identity";

    /// <summary>The indexes of hosts.</summary>
    public static IReadOnlyList<EntityIndex<KvmHost>> OfHosts { get; } =
    [
        new(ByPool, host => [host.Spec.Pool]),
        new(BySecret, host => SecretOf(host.Spec.Ssh)),
        new(ByIdentity, host => new[] { NameOf(host.Status?.System), UuidOf(host.Status?.System) }.OfType<string>()),
    ];

    /// <summary>The indexes of stores.</summary>
    public static IReadOnlyList<EntityIndex<NfsStore>> OfStores { get; } =
    [
        new(ByPool, store => [store.Spec.Pool]),
        new(BySecret, store => SecretOf(store.Spec.Server.Ssh)),
    ];

    /// <summary>The hostname under which a host is filed; null for one that is not known. Capital and small letters count alike.</summary>
    public static string? NameOf(HostSystem? system) => system?.HostName is { Length: > 0 } name ? $"name {name.ToUpperInvariant()}" : null;

    /// <summary>The UUID under which a host is filed; null for one that is not known.</summary>
    public static string? UuidOf(HostSystem? system) => system?.HostUuid is { Length: > 0 } uuid ? $"uuid {uuid.ToUpperInvariant()}" : null;

    private static IEnumerable<string> SecretOf(HostSsh? ssh) => ssh?.CredentialsSecretRef?.Name is { } name ? [name] : [];
}
