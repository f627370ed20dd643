namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Which job is meant, with libvirt's own numbers (<c>VIR_DOMAIN_JOB_STATS_…</c>).</summary>
[Flags]
public enum DomainJobStatisticsFlags
{
    /// <summary>The one that runs.</summary>
    None = 0,

    /// <summary>The last one, which is forgotten then.</summary>
    Completed = 1,

    /// <summary>The last one, which can be asked for again.</summary>
    KeepCompleted = 1 << 1,
}
