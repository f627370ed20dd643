namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a guest is ended, with libvirt's own numbers (<c>VIR_DOMAIN_DESTROY_…</c>).</summary>
[Flags]
public enum DomainDestroyFlags
{
    /// <summary>At once.</summary>
    None = 0,

    /// <summary>Only when QEMU ends by itself within some seconds.</summary>
    Graceful = 1,
}
