namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a common processor is computed, with libvirt's own numbers (<c>VIR_CONNECT_BASELINE_CPU_…</c>).</summary>
[Flags]
public enum CpuBaselineFlags
{
    /// <summary>As a model and what differs from it.</summary>
    None = 0,

    /// <summary>With every feature by its name.</summary>
    ExpandFeatures = 1,

    /// <summary>Without what cannot move to another host.</summary>
    Migratable = 1 << 1,
}
