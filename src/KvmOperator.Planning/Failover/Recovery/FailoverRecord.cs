using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>What is written down of a host's failure, before anything follows from it. A later leader goes on from this alone.</summary>
/// <param name="Id">Names this failure of this host, and no other one of any time. What a person confirms, what a server marks and what a guest records is of this failure.</param>
/// <param name="State">How far it is.</param>
/// <param name="Since">Since when it is so far.</param>
/// <param name="Epoch">The leader that wrote it.</param>
public sealed record FailoverRecord(string Id, FailoverState State, DateTimeOffset Since, long Epoch)
{
    /// <summary>Why nothing follows, while <see cref="FailoverState.Held"/>.</summary>
    public HoldReason Held { get; init; }

    /// <summary>What was seen when it was last judged.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>Whether it counts for the storm guard.</summary>
    public bool CountsForStorm { get; init; } = true;

    /// <summary>When it was decided to shut the host out; null before.</summary>
    public DateTimeOffset? Decided { get; init; }

    /// <summary>What the storage servers proved, one entry a server.</summary>
    public IReadOnlyList<StorageProof> Proofs { get; init; } = [];

    /// <summary>Whether its management controller switched it off and confirmed that.</summary>
    public bool IsPoweredOff { get; init; }

    /// <summary>Whether a person confirmed that it is off.</summary>
    public bool IsConfirmedOff { get; init; }

    /// <summary>The boot of the host that was cleaned; of another boot it says nothing.</summary>
    public string? CleanedBoot { get; init; }
}
