namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>How libvirt wants to know who connects, with its own numbers.</summary>
public enum LibvirtAuthentication
{
    /// <summary>Not at all: who reaches the socket is let in.</summary>
    None = 0,

    /// <summary>By name and password, or Kerberos.</summary>
    Sasl = 1,

    /// <summary>By polkit, which asks a person or a rule.</summary>
    Polkit = 2,
}
