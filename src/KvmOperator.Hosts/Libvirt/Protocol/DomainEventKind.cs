namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What can be registered for, with libvirt's own numbers (<c>VIR_DOMAIN_EVENT_ID_…</c>).</summary>
public enum DomainEventKind
{
    /// <summary><see cref="DomainLifecycleEvent"/>.</summary>
    Lifecycle = 0,

    /// <summary><see cref="DomainChangedEvent"/>: the guest restarted itself.</summary>
    Reboot = 1,

    /// <summary><see cref="DomainIoErrorEvent"/>.</summary>
    IoErrorReason = 6,

    /// <summary><see cref="DomainChangedEvent"/>: a device left.</summary>
    DeviceRemoved = 15,

    /// <summary><see cref="GuestAgentEvent"/>.</summary>
    AgentLifecycle = 18,

    /// <summary><see cref="DomainChangedEvent"/>: a device came.</summary>
    DeviceAdded = 19,

    /// <summary><see cref="MigrationIterationEvent"/>; only while a move runs whose source has asked for it.</summary>
    MigrationIteration = 20,

    /// <summary><see cref="JobCompletedEvent"/>.</summary>
    JobCompleted = 21,

    /// <summary><see cref="DomainChangedEvent"/>: the metadata was changed, in which a domain's owner stands.</summary>
    MetadataChange = 23,
}
