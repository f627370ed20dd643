namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a disk's size is given, with libvirt's own numbers (<c>VIR_DOMAIN_BLOCK_RESIZE_…</c>).</summary>
[Flags]
public enum DomainBlockResizeFlags
{
    /// <summary>In KiB.</summary>
    None = 0,

    /// <summary>In bytes.</summary>
    Bytes = 1,
}
