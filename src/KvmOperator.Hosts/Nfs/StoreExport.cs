namespace KvmOperator.Hosts.Nfs;

/// <summary>An export of a server that the operator configures.</summary>
/// <param name="Name">The store's name; names the export's file.</param>
/// <param name="Path">The exported folder; made when missing.</param>
/// <param name="Clients">The addresses that may mount it, and nobody else.</param>
public sealed record StoreExport(string Name, string Path, IReadOnlyList<string> Clients)
{
    /// <summary>Options of the export.</summary>
    public IReadOnlyList<string> Options { get; init; } = ["rw", "sync", "no_root_squash", "no_subtree_check"];

    /// <summary>True when the hosts mount it by version 3, which knows no root of all exports.</summary>
    public bool IsVersion3 { get; init; }

    /// <summary>How long a client may be silent before its locks are taken away. It renews every two thirds of that, so its silence is a sign soon.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);
}
