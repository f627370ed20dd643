namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>What a storage server does to take a host's access away, in this order, in one script under one lock. Every step may be repeated.</summary>
public enum FenceStep
{
    /// <summary>Waits for the lock that everybody takes who changes exports, and is refused when a newer leader has been there, or when this failure's fence was taken away before.</summary>
    Lock,

    /// <summary>Writes down, durably, that the host is fenced: exports are made without it from now on, also after a restart of the server.</summary>
    Mark,

    /// <summary>Takes the host out of the files of exports, durably: a restart of the server exports what stands there.</summary>
    Exports,

    /// <summary>Takes it out of the kernel's table, and empties the kernel's caches of who may do what.</summary>
    Kernel,

    /// <summary>Ends its clients (<c>expire</c>). The kernel returns only when their last request has ended: nothing of them is on its way into a file then.</summary>
    Drain,

    /// <summary>Reads what is left: of exports, caches, clients, states; and a healthy host as the control that the right server was read.</summary>
    ReadBack,

    /// <summary>A second later empties the caches and reads again: an answer of mountd that was on its way may have come after the first time, and would be believed for ever.</summary>
    ReadAgain,
}
