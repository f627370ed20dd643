using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>That a server of stores was read and let the machine in no more. It is about one boot of the server.</summary>
public sealed record HostStorageProof
{
    /// <summary>The server's address.</summary>
    [Required]
    public required string Server { get; init; }

    /// <summary>The server's boot.</summary>
    [Required]
    public required string BootId { get; init; }

    /// <summary>The NFS clients of the machine that were ended, by the server's numbers.</summary>
    public IReadOnlyList<string> Clients { get; init; } = [];

    /// <summary>A digest of what the server exported then.</summary>
    public string? ExportsDigest { get; init; }

    /// <summary>The reign of the operator that had it read.</summary>
    [Required]
    public required long Epoch { get; init; }
}
