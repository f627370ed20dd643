namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>What an extent line says that its file holds.</summary>
public enum VmdkExtentKind
{
    /// <summary>A word that is not known.</summary>
    Unknown,

    /// <summary>The content as it is, at an offset of a file (FLAT).</summary>
    Flat,

    /// <summary>The content as it is, in a whole file (VMFS).</summary>
    Vmfs,

    /// <summary>Grains and tables of a hosted product (SPARSE, <c>KDMV</c>).</summary>
    Sparse,

    /// <summary>Grains and tables of an ESXi (VMFSSPARSE, <c>COWD</c>).</summary>
    VmfsSparse,

    /// <summary>Grains and tables of an ESXi with VMFS 6 or of a large disk (SESPARSE).</summary>
    SeSparse,

    /// <summary>Zeros, without a file (ZERO).</summary>
    Zero,

    /// <summary>A device, and no file (VMFSRDM, VMFSRAW).</summary>
    Device,
}
