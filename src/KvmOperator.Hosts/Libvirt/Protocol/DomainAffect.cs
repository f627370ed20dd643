namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What a change is for, with libvirt's own numbers (<c>VIR_DOMAIN_AFFECT_…</c>).</summary>
[Flags]
public enum DomainAffect
{
    /// <summary>What runs, or the definition of a domain that is off.</summary>
    None = 0,

    /// <summary>What runs.</summary>
    Live = 1,

    /// <summary>The definition.</summary>
    Config = 1 << 1,
}
