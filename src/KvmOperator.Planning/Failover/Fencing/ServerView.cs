namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>A storage server of the pool, as the leader knows it at this moment. What was read there is of the failure that goes on; of an earlier one it says nothing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Refusal">Why the host cannot be fenced there at all, such as for a server of somebody else; null when it can.</param>
public sealed record ServerView(string Name, string? Refusal)
{
    /// <summary>Its boot id as it was last heard; null while it is not heard.</summary>
    public string? Boot { get; init; }

    /// <summary>What this process had read there and is not written down yet.</summary>
    public StorageProof? NewProof { get; init; }

    /// <summary>How long ago this process asked for what it read there last, when it found the host fenced; null for never. It counts from the question: an answer may have been on its way for long.</summary>
    public TimeSpan? ReadAge { get; init; }

    /// <summary>Whether this process last found that the fence does not hold, or a guest's start was refused by a lock since.</summary>
    public bool IsBroken { get; init; }

    /// <summary>Whether the host is marked as fenced there; null while that was not read.</summary>
    public bool? IsMarked { get; init; }
}
