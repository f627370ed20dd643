namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>The binary forms of a sparse extent.</summary>
public enum SparseKind
{
    /// <summary>Of hosted products and of OVAs: <c>KDMV</c>.</summary>
    Hosted,

    /// <summary>Of an ESXi's snapshots: <c>COWD</c>.</summary>
    CopyOnWrite,

    /// <summary>Of an ESXi's snapshots on VMFS 6 and of large disks.</summary>
    SpaceEfficient,
}
