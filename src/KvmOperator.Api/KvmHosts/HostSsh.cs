using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>How the operator reaches a machine by SSH.</summary>
public sealed record HostSsh
{
    /// <summary>The address for SSH, where it is another than the machine's address.</summary>
    [Length(1, 253)]
    [Pattern(Patterns.Address)]
    public string? Host { get; init; }

    /// <summary>The port of sshd.</summary>
    [DefaultValue(22)]
    [RangeMinimum(1)]
    [RangeMaximum(65535)]
    public int Port { get; init; } = 22;

    /// <summary>The user. Anyone but root needs sudo without a password.</summary>
    [DefaultValue("root")]
    [Length(1, 32)]
    [Pattern(Patterns.UserName)]
    public string User { get; init; } = "root";

    /// <summary>
    /// A Secret in the operator's namespace: of type kubernetes.io/ssh-auth (ssh-privatekey, and passphrase if it has one) or
    /// kubernetes.io/basic-auth (password).
    /// </summary>
    [Required]
    public LocalObjectReference CredentialsSecretRef { get; init; } = new();

    /// <summary>
    /// The machine's host keys, as in known_hosts without the names. When none is given, the key that is seen first is recorded in the
    /// status, and another one later stops everything until a person accepts it.
    /// </summary>
    [Items(0, 8)]
    [ItemPattern(Patterns.HostKey, 2048)]
    public IReadOnlyList<string> HostKeys { get; init; } = [];
}
