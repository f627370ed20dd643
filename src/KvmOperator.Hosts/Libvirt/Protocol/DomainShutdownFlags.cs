namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a guest is asked to shut down, with libvirt's own numbers (<c>VIR_DOMAIN_SHUTDOWN_…</c>).</summary>
[Flags]
public enum DomainShutdownFlags
{
    /// <summary>As libvirt thinks best.</summary>
    None = 0,

    /// <summary>By its power button.</summary>
    AcpiPowerBtn = 1,

    /// <summary>By its agent.</summary>
    GuestAgent = 1 << 1,
}
