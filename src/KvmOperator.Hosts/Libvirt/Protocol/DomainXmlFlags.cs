namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which XML of a domain is meant, with libvirt's own numbers (<c>VIR_DOMAIN_XML_…</c>).</summary>
[Flags]
public enum DomainXmlFlags
{
    /// <summary>What runs now; of a domain that is off its definition.</summary>
    None = 0,

    /// <summary>With secrets, such as the password of a console.</summary>
    Secure = 1,

    /// <summary>The definition that the next start uses.</summary>
    Inactive = 1 << 1,

    /// <summary>With the processor as the host has to give it.</summary>
    UpdateCpu = 1 << 2,

    /// <summary>As it is sent to another host.</summary>
    Migratable = 1 << 3,
}
