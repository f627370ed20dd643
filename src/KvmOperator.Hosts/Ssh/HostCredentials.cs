namespace KvmOperator.Hosts.Ssh;

/// <summary>What a user proves its identity with: a private key, a password, or both, tried in this order.</summary>
public sealed record HostCredentials
{
    /// <summary>A private key in OpenSSH's or PEM format.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>The passphrase of the private key; null when it has none.</summary>
    public string? Passphrase { get; init; }

    /// <summary>The user's password.</summary>
    public string? Password { get; init; }

    /// <summary>Never shows the secrets.</summary>
    public override string ToString() => $"HostCredentials {{ PrivateKey = {PrivateKey is not null}, Password = {Password is not null} }}";
}
