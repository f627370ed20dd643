namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which memory is meant, with libvirt's own numbers (<c>VIR_DOMAIN_MEM_…</c>).</summary>
[Flags]
public enum DomainMemoryFlags
{
    /// <summary>That of what runs, or of the definition of a domain that is off.</summary>
    None = 0,

    /// <summary>That of what runs.</summary>
    Live = 1,

    /// <summary>That of the definition.</summary>
    Config = 1 << 1,

    /// <summary>The most that there can be.</summary>
    Maximum = 1 << 2,
}
