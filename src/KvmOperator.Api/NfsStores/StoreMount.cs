using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.NfsStores;

/// <summary>A store's mount on one host.</summary>
public sealed record StoreMount
{
    /// <summary>The KvmHost.</summary>
    [Required]
    public string Host { get; init; } = "";

    /// <summary>Whether the host can write and lock there, and sees what the others see.</summary>
    [Required]
    public bool Ready { get; init; }

    /// <summary>Why not.</summary>
    public string? Reason { get; init; }
}
