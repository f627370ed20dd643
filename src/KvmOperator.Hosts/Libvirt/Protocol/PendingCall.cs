namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A call that waits for its answer. All of its state is changed under the lock of its connection.</summary>
internal abstract class PendingCall(Procedure procedure, TimeSpan deadline)
{
    public Procedure Procedure { get; } = procedure;

    public TimeSpan Deadline { get; } = deadline;

    public uint Serial { get; init; }

    /// <summary>The message as it goes out.</summary>
    public required byte[] Frame { get; init; }

    /// <summary>Ends the call when its time is over.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>True once the first byte may have gone out.</summary>
    public bool IsSent { get; set; }

    /// <summary>True when nobody waits for the answer any more, and libvirt still owes it.</summary>
    public bool Hangs { get; set; }

    /// <exception cref="LibvirtProtocolException">The answer is none.</exception>
    public abstract void Complete(XdrReader reader);

    public abstract void Fail(Exception exception);
}
