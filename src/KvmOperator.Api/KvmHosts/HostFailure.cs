using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>That it was once decided to shut the machine out: failures are counted, of one machine and of a pool.</summary>
public sealed record HostFailure
{
    /// <summary>The failure.</summary>
    [Required]
    public required string Id { get; init; }

    /// <summary>When it was decided.</summary>
    [Required]
    public required DateTime Decided { get; init; }

    /// <summary>True when the machine was known to be off: it does not count among those that were shut out on suspicion.</summary>
    public bool? Certain { get; init; }
}
