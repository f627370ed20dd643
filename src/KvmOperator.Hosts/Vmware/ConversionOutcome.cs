namespace KvmOperator.Hosts.Vmware;

/// <summary>What became of a conversion.</summary>
public enum ConversionOutcome
{
    /// <summary>The host knows nothing of it: it was never begun, or the host was restarted.</summary>
    Unknown,

    /// <summary>It goes on.</summary>
    Running,

    /// <summary>The disk is there and checked.</summary>
    Done,

    /// <summary>Something stood in its way, such as lack of room; nothing was written. It can be tried again.</summary>
    Refused,

    /// <summary>A signal ended it: somebody's, or the kernel's for want of memory. It can be begun again; what it wrote is written over then.</summary>
    Interrupted,

    /// <summary>The source is not what was inspected any more. What was written of the disk is gone again.</summary>
    SourceChanged,

    /// <summary>It failed while it was at it. What was written of the disk is gone again.</summary>
    Failed,
}
