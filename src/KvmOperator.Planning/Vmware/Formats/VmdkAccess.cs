namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>How an extent may be used.</summary>
public enum VmdkAccess
{
    /// <summary>It is read and written.</summary>
    ReadWrite,

    /// <summary>It is read.</summary>
    ReadOnly,

    /// <summary>It is neither.</summary>
    None,
}
