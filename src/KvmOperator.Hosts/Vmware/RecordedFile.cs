namespace KvmOperator.Hosts.Vmware;

/// <summary>A file of a source as it has to be found again.</summary>
/// <param name="Path">Its path below the source's folder, byte by byte.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Mtime">When it was last written, in nanoseconds since 1970.</param>
/// <param name="Inode">Its number.</param>
public sealed record RecordedFile(ReadOnlyMemory<byte> Path, long Size, long Mtime, long Inode)
{
    /// <summary>A file that was listed.</summary>
    public static RecordedFile Of(SourceEntry entry) => new(entry.Path, entry.Size, entry.Modified, entry.Inode);
}
