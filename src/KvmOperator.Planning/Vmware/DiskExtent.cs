using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A part of a disk's layer, with the file that holds it.</summary>
/// <param name="Kind">What its file holds.</param>
/// <param name="Sectors">Its size in sectors of 512 bytes. Of a sparse one its own header says it.</param>
/// <param name="File">Its file; null for zeros.</param>
/// <param name="Offset">The sector of the file at which it begins.</param>
/// <param name="Header">The header of a sparse one.</param>
public sealed record DiskExtent(VmdkExtentKind Kind, long Sectors, SourceFile? File, long Offset, SparseHeader? Header);
