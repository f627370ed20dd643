using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>One failure of a machine, from its first silence on. It is written before anything follows from it, so that a later operator goes on from here.</summary>
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

    /// <summary>The reign of the operator that wrote it; one of before is refused by machines and servers.</summary>
    public long? Epoch { get; init; }

    /// <summary>Why nothing follows, in the state Held: OwnNetwork, Blind, ApiReadOnly, NoVantage, StorageSilent, StormGuard, LastHost, Disarmed, NothingToLose, NoMethod.</summary>
    public string? Held { get; init; }

    /// <summary>What was seen when it was last judged, at most eight short sentences.</summary>
    [Items(0, 8)]
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>When it was decided to shut the machine out; absent before.</summary>
    public DateTime? Decided { get; init; }

    /// <summary>True when it is known to be off: then it does not count among the machines that were shut out on suspicion.</summary>
    public bool? Certain { get; init; }

    /// <summary>What servers of stores have shown: that the machine writes there no more.</summary>
    [XListMapKeys("server")]
    public IReadOnlyList<HostStorageProof> Proofs { get; init; } = [];

    /// <summary>True when its management controller switched it off and says so.</summary>
    public bool? PoweredOff { get; init; }

    /// <summary>True when a person confirmed, for this failure, that it is off.</summary>
    public bool? ConfirmedOff { get; init; }

    /// <summary>The boot of the machine in which it was found clean: nothing of the operator's runs there and its stores are unmounted. Of another boot it says nothing.</summary>
    public string? CleanedBootId { get; init; }
}
