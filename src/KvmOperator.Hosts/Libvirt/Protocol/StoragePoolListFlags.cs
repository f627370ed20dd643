namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which storage pools are listed, with libvirt's own numbers (<c>VIR_CONNECT_LIST_STORAGE_POOLS_…</c>).</summary>
[Flags]
public enum StoragePoolListFlags
{
    /// <summary>All.</summary>
    None = 0,

    /// <summary>Those that are off.</summary>
    Inactive = 1,

    /// <summary>Those that are on.</summary>
    Active = 1 << 1,

    /// <summary>Those that have a definition.</summary>
    Persistent = 1 << 2,

    /// <summary>Those that libvirt starts by itself.</summary>
    Autostart = 1 << 4,

    /// <summary>Those that are folders.</summary>
    Dir = 1 << 6,
}
