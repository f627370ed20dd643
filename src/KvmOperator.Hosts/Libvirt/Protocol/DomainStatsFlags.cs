namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Whose statistics are read, and how, with libvirt's own numbers (<c>VIR_CONNECT_GET_ALL_DOMAINS_STATS_…</c>).</summary>
[Flags]
public enum DomainStatsFlags
{
    /// <summary>All domains, with patience.</summary>
    None = 0,

    /// <summary>Those that run.</summary>
    Active = 1,

    /// <summary>Those that are off.</summary>
    Inactive = 1 << 1,

    /// <summary>What can be had without waiting for a QEMU that is busy or hangs.</summary>
    Nowait = 1 << 29,
}
