namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which metadata of a domain is meant, with libvirt's own numbers (<c>VIR_DOMAIN_METADATA_…</c>).</summary>
public enum DomainMetadataKind
{
    /// <summary>Its description.</summary>
    Description = 0,

    /// <summary>Its title.</summary>
    Title = 1,

    /// <summary>An element of somebody else's namespace.</summary>
    Element = 2,
}
