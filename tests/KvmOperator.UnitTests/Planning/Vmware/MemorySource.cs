using System.Text;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>A source whose files are in memory, or are only as long as they say.</summary>
internal sealed class MemorySource : ISourceReader
{
    public static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, byte[]> _contents = new(StringComparer.Ordinal);
    private readonly List<SourceFile> _files = [];

    public SourceFolder Folder => new("machine", _files, Now);

    public long BytesRead { get; private set; }

    public MemorySource Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    public MemorySource Add(string path, byte[] content, long? size = null, DateTimeOffset? modified = null) => AddRaw(Encoding.UTF8.GetBytes(path), content, size, modified);

    public MemorySource AddRaw(byte[] rawPath, byte[] content, long? size = null, DateTimeOffset? modified = null, SourceFileKind kind = SourceFileKind.File)
    {
        var path = SourceFile.TextOf(rawPath);
        _contents[path] = content;
        _files.Add(new SourceFile
        {
            Path = path,
            RawPath = rawPath,
            Kind = kind,
            Size = size ?? content.Length,
            Modified = modified ?? Now.AddDays(-1),
            Device = 1,
            Inode = _files.Count + 1,
        });
        return this;
    }

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceFile file, long offset, int count, CancellationToken cancellationToken)
    {
        // What is behind the content of a file that is only long is zeros.
        var content = _contents[file.Path];
        var length = (int)Math.Clamp(file.Size - offset, 0, count);
        BytesRead += length;
        var result = new byte[length];
        if (offset < content.Length)
        {
            content.AsSpan((int)offset, (int)Math.Min(length, content.Length - offset)).CopyTo(result);
        }

        return ValueTask.FromResult<ReadOnlyMemory<byte>>(result);
    }

    public Task<Inspection> InspectAsync(InspectionRequest? request = null) => Inspector.InspectAsync(Folder, this, request ?? new InspectionRequest(), TestContext.Current.CancellationToken);
}
