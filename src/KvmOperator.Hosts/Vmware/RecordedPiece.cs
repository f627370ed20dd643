namespace KvmOperator.Hosts.Vmware;

/// <summary>Bytes of a file.</summary>
/// <param name="File">The number of the file in the record of its disk.</param>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many.</param>
public sealed record RecordedPiece(int File, long Offset, long Length);
