using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Bytes of a file of the source that are a part of another one's content.</summary>
/// <param name="Container">The file: an archive, or a chunk.</param>
/// <param name="Offset">Where the part begins.</param>
/// <param name="Length">How long it is.</param>
public sealed record FilePiece(SourceFile Container, long Offset, long Length);
