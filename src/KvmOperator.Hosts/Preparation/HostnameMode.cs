namespace KvmOperator.Hosts.Preparation;

/// <summary>Who gives a host its name.</summary>
public enum HostnameMode
{
    /// <summary>The name that it has stays; one that has none gets the KvmHost's.</summary>
    Unmanaged,

    /// <summary>It is called as the KvmHost.</summary>
    Managed,
}
