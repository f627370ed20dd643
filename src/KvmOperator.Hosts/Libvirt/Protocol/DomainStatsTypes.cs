namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What is counted, with libvirt's own numbers (<c>VIR_DOMAIN_STATS_…</c>).</summary>
[Flags]
public enum DomainStatsTypes
{
    /// <summary>Everything that libvirt knows.</summary>
    None = 0,

    /// <summary>The state and its reason.</summary>
    State = 1,

    /// <summary>Processor time.</summary>
    CpuTotal = 1 << 1,

    /// <summary>Memory.</summary>
    Balloon = 1 << 2,

    /// <summary>Each processor.</summary>
    Vcpu = 1 << 3,

    /// <summary>Each network interface.</summary>
    Interface = 1 << 4,

    /// <summary>Each disk.</summary>
    Block = 1 << 5,
}
