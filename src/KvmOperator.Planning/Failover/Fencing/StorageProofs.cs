namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>Says what proves that a server lets a host write no more, and for how long it does. Pure.</summary>
public static class StorageProofs
{
    /// <summary>The proof that a read-back is, or what it lacks, a sentence each.</summary>
    /// <param name="fence">What was asked.</param>
    /// <param name="read">What was read.</param>
    /// <param name="isKnown">
    /// Whether something else than a healthy host shows that the right server was read: it proved it before for this failure; or the machine is off, so that nothing new can come from it; or no host of the pool is healthy now, and
    /// one was seen there in this boot of the server. A pool of which all hosts are shut out has no healthy one.
    /// </param>
    public static (StorageProof? Proof, IReadOnlyList<string> Lacks) Judge(StorageFence fence, FenceReadBack read, bool isKnown)
    {
        List<string> lacks = [];
        if (read.FailoverId != fence.FailoverId)
        {
            lacks.Add(read.FailoverId.Length == 0 ? "the host is not marked as fenced" : $"the host is fenced there for another failure, {read.FailoverId}");
        }

        if (read.Boot.Length == 0 || read.MarkedBoot != read.Boot)
        {
            lacks.Add("the server was restarted in between");
        }

        lacks.AddRange(read.Exports.Select(line => $"the export table still lets it in: {line}"));
        lacks.AddRange(read.CacheEntries.Select(entry => $"the kernel still remembers that it may: {entry}"));
        lacks.AddRange(read.Clients.Select(client => $"its client {client} is still there"));
        lacks.AddRange(read.States.Select(state => $"somebody still has a guest's disk open: {state}"));
        if (!read.HasControl && read.Expired.Count == 0 && !isKnown)
        {
            lacks.Add("neither a healthy host nor a client of this one was found there, so what was not found says nothing");
        }

        if (!read.IsSettled)
        {
            lacks.Add("it was read once only, and an answer of mountd may have come since");
        }

        return lacks.Count > 0 ? (null, lacks) : (new StorageProof(fence.Server, fence.FailoverId, read.Boot, read.Expired, read.ExportsDigest, fence.Epoch), []);
    }

    /// <summary>What a recorded proof is worth.</summary>
    /// <param name="failoverId">The failure that goes on.</param>
    /// <param name="proof">What is recorded for the server; null for nothing.</param>
    /// <param name="server">The server now. One that is not heard may have been restarted: its proof is stale, not gone.</param>
    /// <param name="budgets">How old it may be.</param>
    public static ProofState StateOf(string failoverId, StorageProof? proof, ServerView server, FailoverBudgets budgets)
    {
        if (proof is null || proof.FailoverId != failoverId || server.IsBroken || (server.Boot is { } boot && boot != proof.Boot))
        {
            return ProofState.None;
        }

        return server.Boot is not null && server.ReadAge <= budgets.ProofFresh ? ProofState.Fresh : ProofState.Stale;
    }
}
