namespace KvmOperator.Hosts.Preparation;

/// <summary>SELinux's mode on a host that has it.</summary>
public enum SelinuxMode
{
    /// <summary>Enforcing, and guests may use NFS.</summary>
    Enforcing,

    /// <summary>Logs only.</summary>
    Permissive,

    /// <summary>Off after the next start; logs only until then.</summary>
    Disabled,

    /// <summary>It stays in the mode that it has, and guests may use NFS.</summary>
    Unmanaged,
}
