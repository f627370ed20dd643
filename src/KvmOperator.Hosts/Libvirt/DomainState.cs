namespace KvmOperator.Hosts.Libvirt;

/// <summary>A domain's state, with libvirt's own numbers.</summary>
public enum DomainState
{
    /// <summary>libvirt does not know.</summary>
    Unknown = 0,

    /// <summary>The guest runs.</summary>
    Running = 1,

    /// <summary>The guest waits for a resource.</summary>
    Blocked = 2,

    /// <summary>The guest stands still; the reason tells why.</summary>
    Paused = 3,

    /// <summary>The guest is shutting down.</summary>
    ShuttingDown = 4,

    /// <summary>The guest is off.</summary>
    ShutOff = 5,

    /// <summary>The guest crashed, and its QEMU process is kept to be looked at (<c>on_crash</c>). One without a process is shut off.</summary>
    Crashed = 6,

    /// <summary>The guest sleeps.</summary>
    Suspended = 7,
}
