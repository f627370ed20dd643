namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How a processor compares to what the host can give, with libvirt's own numbers (<c>VIR_CPU_COMPARE_…</c>).</summary>
public enum CpuComparison
{
    /// <summary>It could not be compared.</summary>
    Error = -1,

    /// <summary>The host cannot give it.</summary>
    Incompatible = 0,

    /// <summary>It is what the host has.</summary>
    Identical = 1,

    /// <summary>The host has more.</summary>
    Superset = 2,
}
