namespace KvmOperator.Api.KvmHosts;

/// <summary>Who a machine proved to be.</summary>
public sealed record HostSshStatus
{
    /// <summary>The host key that is trusted, as in known_hosts without the names.</summary>
    public string? HostKey { get; init; }

    /// <summary>Its SHA-256 fingerprint, as ssh-keygen -l shows it.</summary>
    public string? HostKeyFingerprint { get; init; }
}
