namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How processors are compared, with libvirt's own numbers (<c>VIR_CONNECT_COMPARE_CPU_…</c>).</summary>
[Flags]
public enum CpuCompareFlags
{
    /// <summary>An answer in any case.</summary>
    None = 0,

    /// <summary>An error that says why, when it is none that the host can give.</summary>
    FailIncompatible = 1,
}
