namespace KvmOperator.Planning.Failover.Admission;

/// <summary>What is known of a machine that serves a store, as far as a proof of exclusion depends on it. What could not be read is null: it is not known to be well.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsManaged">Whether the operator configures it and may run commands there.</param>
public sealed record StorageServerFacts(string Name, bool IsManaged)
{
    /// <summary>Whether its kernel lists NFS clients (Linux 5.3 or later, the kernel's own server, which runs).</summary>
    public bool? ListsClients { get; init; }

    /// <summary>The versions of NFS by which hosts have its stores mounted, such as <c>4.2</c>.</summary>
    public IReadOnlyCollection<string> MountedVersions { get; init; } = [];

    /// <summary>Whether what remembers clients over a restart of the server runs (<c>nfsdcld</c>).</summary>
    public bool? RemembersClients { get; init; }

    /// <summary>Entries of its export table that concern a store and are not the operator's, each as <c>PATH CLIENT(OPTIONS)</c>.</summary>
    public IReadOnlyList<string> ForeignExports { get; init; } = [];

    /// <summary>Whether a store is exported with <c>pnfs</c>: then data may go past the server.</summary>
    public bool HasParallelAccess { get; init; }

    /// <summary>Free bytes where it keeps its export table and its configuration; the smaller of the two.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>What identifies the machine; null for not known.</summary>
    public string? MachineId { get; init; }
}
