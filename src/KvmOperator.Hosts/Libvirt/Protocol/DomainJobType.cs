namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What kind of job runs on a domain, with libvirt's own numbers.</summary>
public enum DomainJobType
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>One whose end can be foretold.</summary>
    Bounded = 1,

    /// <summary>One whose end cannot be foretold, such as a move.</summary>
    Unbounded = 2,

    /// <summary>It is done.</summary>
    Completed = 3,

    /// <summary>It failed.</summary>
    Failed = 4,

    /// <summary>It was given up.</summary>
    Cancelled = 5,
}
