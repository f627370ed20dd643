namespace KvmOperator.Hosts.Ssh;

/// <summary>How to reach a host, and what to trust. Two equal settings lead to the same connection.</summary>
/// <param name="Name">What people call the host.</param>
/// <param name="Address">Its address or resolvable name.</param>
/// <param name="Credentials">What the user proves its identity with.</param>
public sealed record HostConnectionSettings(string Name, string Address, HostCredentials Credentials)
{
    /// <summary>The port of its SSH server.</summary>
    public int Port { get; init; } = 22;

    /// <summary>The user; any other than root must be able to use <c>sudo</c> without a password.</summary>
    public string User { get; init; } = "root";

    /// <summary>Which keys the host may prove its own identity with.</summary>
    public HostKeyTrust Trust { get; init; } = HostKeyTrust.FirstUse;

    /// <summary>How long opening the connection may take at the usual pace, authentication included. A host that answers, but too slowly, is given more.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After this time without a sign of life the peer is asked for one while something runs or is held; it has the same time again to give one. A slow host is given more.</summary>
    public TimeSpan LivenessInterval { get; init; } = TimeSpan.FromSeconds(5);
}
