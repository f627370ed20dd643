namespace KvmOperator.Hosts.Nfs;

/// <summary>A store as a host mounts it.</summary>
/// <param name="Server">The server's address or name.</param>
/// <param name="ExportPath">The path on the server.</param>
/// <param name="MountPath">The path on the host.</param>
public sealed record StoreMount(string Server, string ExportPath, string MountPath)
{
    /// <summary>The version of NFS; locks across hosts need 4.0 or newer.</summary>
    public string NfsVersion { get; init; } = "4.2";

    /// <summary>More mount options. None of them can make the mount soft: see docs/adr/0022-nfs-hang-policy.md.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(StoreMount? other) =>
        other is not null && Server == other.Server && ExportPath == other.ExportPath && MountPath == other.MountPath && NfsVersion == other.NfsVersion
        && Options.SequenceEqual(other.Options, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Server, ExportPath, MountPath, NfsVersion);
}
