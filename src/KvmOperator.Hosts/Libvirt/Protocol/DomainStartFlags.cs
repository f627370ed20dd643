namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a domain is started, with libvirt's own numbers (<c>VIR_DOMAIN_START_…</c>).</summary>
[Flags]
public enum DomainStartFlags
{
    /// <summary>As it is defined, or from its saved state.</summary>
    None = 0,

    /// <summary>Without letting it run yet.</summary>
    Paused = 1,

    /// <summary>Without the host's file cache, when a saved state is read.</summary>
    BypassCache = 1 << 2,

    /// <summary>Without its saved state, which is thrown away.</summary>
    ForceBoot = 1 << 3,
}
