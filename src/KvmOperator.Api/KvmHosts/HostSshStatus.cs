namespace KvmOperator.Api.KvmHosts;

/// <summary>Who a machine proved to be.</summary>
public sealed record HostSshStatus
{
    /// <summary>The host key that is trusted, as in known_hosts without the names.</summary>
    public string? HostKey { get; init; }

    /// <summary>Its SHA-256 fingerprint, as ssh-keygen -l shows it.</summary>
    public string? HostKeyFingerprint { get; init; }

    /// <summary>The public key of its root user, made for its peers, which let it in for migrations.</summary>
    public string? PublicKey { get; init; }

    /// <summary>All its host keys, for its peers' known_hosts.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];
}
