namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which domains are listed, with libvirt's own numbers (<c>VIR_CONNECT_LIST_DOMAINS_…</c>).</summary>
[Flags]
public enum DomainListFlags
{
    /// <summary>All.</summary>
    None = 0,

    /// <summary>Those that run.</summary>
    Active = 1,

    /// <summary>Those that are off.</summary>
    Inactive = 1 << 1,

    /// <summary>Those that have a definition.</summary>
    Persistent = 1 << 2,

    /// <summary>Those that are gone when they end.</summary>
    Transient = 1 << 3,
}
