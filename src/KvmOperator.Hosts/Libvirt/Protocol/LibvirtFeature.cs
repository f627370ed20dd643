namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What a libvirt may know or not, with its own numbers (<c>VIR_DRV_FEATURE_…</c>).</summary>
public enum LibvirtFeature
{
    /// <summary>It answers pings. Asking makes it ping us, too.</summary>
    KeepAlive = 10,

    /// <summary>It tells of events to each who registered, and of nothing else.</summary>
    EventCallbacks = 14,
}
