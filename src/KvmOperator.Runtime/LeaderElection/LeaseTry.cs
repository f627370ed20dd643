namespace KvmOperator.Runtime.LeaderElection;

/// <summary>How one try to have the lease ended.</summary>
internal enum LeaseTry
{
    /// <summary>It is ours, from the moment of the write on.</summary>
    Taken,

    /// <summary>It was read, and somebody else has it.</summary>
    HeldByOther,

    /// <summary>The server could not be asked, or somebody wrote at the same time.</summary>
    Failed,
}
