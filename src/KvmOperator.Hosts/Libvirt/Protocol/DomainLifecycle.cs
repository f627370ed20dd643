namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What happens in a domain's life, with libvirt's own numbers.</summary>
public enum DomainLifecycle
{
    /// <summary>It was defined, or its definition changed.</summary>
    Defined = 0,

    /// <summary>Its definition was removed.</summary>
    Undefined = 1,

    /// <summary>It was started, or arrived from another host.</summary>
    Started = 2,

    /// <summary>It stands still.</summary>
    Suspended = 3,

    /// <summary>It goes on.</summary>
    Resumed = 4,

    /// <summary>It ended, or left for another host.</summary>
    Stopped = 5,

    /// <summary>Its guest shut down; that it stopped follows.</summary>
    Shutdown = 6,

    /// <summary>Its guest sleeps.</summary>
    Pmsuspended = 7,

    /// <summary>Its guest crashed.</summary>
    Crashed = 8,
}
