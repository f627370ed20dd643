namespace KvmOperator.Hosts.Vmware;

/// <summary>What lies at a path of a source, as it was when it was listed. All files that can be read are on one file system, so the number, size and time tell whether one is still the same.</summary>
/// <param name="Index">Its place in the listing.</param>
/// <param name="Path">Its path below the source's folder, byte by byte.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Its bytes; 0 for what is no file.</param>
/// <param name="Modified">When it was last written, in nanoseconds since 1970.</param>
/// <param name="Inode">Its number in the file system.</param>
public sealed record SourceEntry(int Index, ReadOnlyMemory<byte> Path, SourceEntryKind Kind, long Size, long Modified, long Inode);
