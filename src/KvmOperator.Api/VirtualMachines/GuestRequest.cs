using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What became of the annotation <c>kvmoperator.io/request</c>.</summary>
public sealed record GuestRequest
{
    /// <summary>The annotation's value. The same value is not done a second time.</summary>
    [Required]
    public required string Request { get; init; }

    /// <summary>How far it is.</summary>
    [Required]
    public required GuestRequestPhase Phase { get; init; }

    /// <summary>What was done, or why it is not.</summary>
    [Required]
    public required string Message { get; init; }

    /// <summary>Since when.</summary>
    [Required]
    public required DateTime Since { get; init; }
}
