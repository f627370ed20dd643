using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>One start of a guest elsewhere because its host failed. It is written before the guest is defined there.</summary>
public sealed record GuestFailover
{
    /// <summary>The failure of its host (<c>status.failover.id</c> of the KvmHost).</summary>
    [Required]
    public required string Id { get; init; }

    /// <summary>The host that failed.</summary>
    [Required]
    public required string From { get; init; }

    /// <summary>Where it goes, or went.</summary>
    [Required]
    public required string Target { get; init; }

    /// <summary>How far it is.</summary>
    [Required]
    public required GuestFailoverState State { get; init; }

    /// <summary>Since when.</summary>
    [Required]
    public required DateTime Since { get; init; }
}
