namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which processors are meant, with libvirt's own numbers (<c>VIR_DOMAIN_VCPU_…</c>).</summary>
[Flags]
public enum DomainVcpuFlags
{
    /// <summary>Those of what runs, or of the definition of a domain that is off.</summary>
    None = 0,

    /// <summary>Those of what runs.</summary>
    Live = 1,

    /// <summary>Those of the definition.</summary>
    Config = 1 << 1,

    /// <summary>The most that there can be.</summary>
    Maximum = 1 << 2,
}
