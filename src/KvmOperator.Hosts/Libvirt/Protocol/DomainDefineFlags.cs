namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a domain is defined, with libvirt's own numbers (<c>VIR_DOMAIN_DEFINE_…</c>).</summary>
[Flags]
public enum DomainDefineFlags
{
    /// <summary>As libvirt understands it.</summary>
    None = 0,

    /// <summary>Only when the XML fits libvirt's schema.</summary>
    Validate = 1,
}
