namespace KvmOperator.Hosts.Preparation;

/// <summary>What happens to a host's firewall.</summary>
public enum FirewallMode
{
    /// <summary>An active firewall lets the peers through; an inactive one stays inactive.</summary>
    Managed,

    /// <summary>The firewall is switched off.</summary>
    Disabled,

    /// <summary>It is left alone.</summary>
    Unmanaged,
}
