namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which networks are listed, with libvirt's own numbers (<c>VIR_CONNECT_LIST_NETWORKS_…</c>).</summary>
[Flags]
public enum NetworkListFlags
{
    /// <summary>All.</summary>
    None = 0,

    /// <summary>Those that are off.</summary>
    Inactive = 1,

    /// <summary>Those that are on.</summary>
    Active = 1 << 1,
}
