using KvmOperator.Planning.Failover.Fencing;

namespace KvmOperator.Failover;

/// <summary>What this process read on a server about one failure of one host. Losing it costs another reading: a proof that is written down is compared before anything is started on it.</summary>
internal sealed class ServerMemory
{
    /// <summary>What was read and is not written down yet.</summary>
    public StorageProof? NewProof { get; set; }

    /// <summary>When that was asked which found the host fenced last, a time stamp.</summary>
    public long? ReadAt { get; set; }

    /// <summary>Whether the fence was found not to hold.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Whether the host is marked there; null while that is not known.</summary>
    public bool? IsMarked { get; set; }
}
