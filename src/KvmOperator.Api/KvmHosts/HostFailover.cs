using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>One failure of a machine, from its first silence on.</summary>
public sealed record HostFailover
{
    /// <summary>Names this failure, and no other one of any time: what a person confirms is confirmed for it alone.</summary>
    [Required]
    public required string Id { get; init; }

    /// <summary>How far it is.</summary>
    [Required]
    public required HostFailoverState State { get; init; }

    /// <summary>Since when.</summary>
    [Required]
    public required DateTime Since { get; init; }
}
