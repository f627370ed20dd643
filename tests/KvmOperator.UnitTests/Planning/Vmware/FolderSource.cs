using System.Text;
using KvmOperator.Planning.Vmware;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>A source that is a folder of this machine. Only names in UTF-8: .NET opens no others.</summary>
internal sealed class FolderSource(string root) : ISourceReader
{
    public SourceFolder List() => new(Path.GetFileName(root), [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Select(Entry)], TimeProvider.System.GetUtcNow());

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceFile file, long offset, int count, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(Path.Combine(root, file.Path));
        var result = new byte[count];
        var filled = 0;
        for (int read; filled < count && (read = await RandomAccess.ReadAsync(handle, result.AsMemory(filled), offset + filled, cancellationToken)) > 0; filled += read)
        {
        }

        return result.AsMemory(0, filled);
    }

    private SourceFile Entry(string path)
    {
        var name = Path.GetRelativePath(root, path);
        return new SourceFile
        {
            Path = name,
            RawPath = Encoding.UTF8.GetBytes(name),
            Kind = Directory.Exists(path) ? SourceFileKind.Folder : SourceFileKind.File,
            Size = Directory.Exists(path) ? 0 : new FileInfo(path).Length,
            Modified = new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero).AddHours(-1),
        };
    }
}
