using System.Text;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Planning.Vmware;

namespace KvmOperator.VmwareImports;

/// <summary>A source on a host for the readers of VMware's formats: their listing, and the bytes that they ask for.</summary>
internal sealed class HostSourceReader(IOpenedSource source) : ISourceReader
{
    /// <summary>Everything that can be read lies on one file system: which number it has does not matter.</summary>
    private const long OneDevice = 1;

    private readonly Dictionary<string, SourceEntry> entries = source.Entries.ToDictionary(entry => Key(entry.Path.Span), StringComparer.Ordinal);

    /// <summary>The listing.</summary>
    /// <param name="name">What people call the folder.</param>
    public SourceFolder Folder(string name) => new(name, [.. source.Entries.Select(File)], source.ListedAt);

    /// <summary>The name of the file that the scope names; null for the folder.</summary>
    public string? Named => source.File is { } file ? SourceFile.TextOf(file.Span) : null;

    /// <summary>The entry of a file that lies in the source as a file of its own.</summary>
    public SourceEntry Entry(SourceFile file) => entries[Key(file.RawPath.Span)];

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceFile file, long offset, int count, CancellationToken cancellationToken) =>
        await source.ReadAsync(Entry(file), offset, count, cancellationToken);

    private static SourceFile File(SourceEntry entry) => new()
    {
        Path = SourceFile.TextOf(entry.Path.Span),
        RawPath = entry.Path,
        Kind = entry.Kind switch
        {
            SourceEntryKind.File => SourceFileKind.File,
            SourceEntryKind.Folder => SourceFileKind.Folder,
            SourceEntryKind.Outside => SourceFileKind.OutsideLink,
            _ => SourceFileKind.Other,
        },
        Size = entry.Size,
        Modified = DateTimeOffset.UnixEpoch.AddTicks(entry.Modified / TimeSpan.NanosecondsPerTick),
        Device = OneDevice,
        Inode = entry.Inode,
    };

    /// <summary>Bytes as text, one character each: two paths that differ in one byte are two.</summary>
    private static string Key(ReadOnlySpan<byte> path) => Encoding.Latin1.GetString(path);
}
