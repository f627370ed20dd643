namespace KvmOperator.Hosts.Preparation;

/// <summary>How a host proves to its peers who it is.</summary>
/// <param name="PublicKey">The public key of its root user, made for this purpose, in OpenSSH's format.</param>
/// <param name="HostKeys">The public keys of its SSH server in OpenSSH's format, without host names.</param>
public sealed record PeerIdentity(string PublicKey, IReadOnlyList<string> HostKeys)
{
    /// <inheritdoc/>
    public bool Equals(PeerIdentity? other) => other is not null && PublicKey == other.PublicKey && HostKeys.SequenceEqual(other.HostKeys, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => PublicKey.GetHashCode(StringComparison.Ordinal);
}
