namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>libvirt did not answer a call in time. No call can be taken back: one that was sent may still be carried out.</summary>
public sealed class LibvirtDeadlineException : Exception
{
    internal LibvirtDeadlineException(Procedure procedure, TimeSpan deadline, bool callMayHaveRun)
        : base($"libvirt did not answer {procedure} within {deadline.TotalSeconds:0.#} s.") => (Deadline, CallMayHaveRun) = (deadline, callMayHaveRun);

    /// <summary>The time that it had.</summary>
    public TimeSpan Deadline { get; }

    /// <summary>False when libvirt certainly did not get the call: it waited for others before it.</summary>
    public bool CallMayHaveRun { get; }
}
