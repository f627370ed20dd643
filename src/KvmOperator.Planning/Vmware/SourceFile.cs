using System.Text;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A file of the source as a listing says it, or a member of an archive.</summary>
public sealed record SourceFile
{
    /// <summary>Its path below the source's folder, for people: bytes that are no UTF-8 are shown as <c>\xNN</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Its path below the source's folder as the file system has it.</summary>
    public required ReadOnlyMemory<byte> RawPath { get; init; }

    /// <summary>What it is.</summary>
    public SourceFileKind Kind { get; init; } = SourceFileKind.File;

    /// <summary>Its bytes.</summary>
    public long Size { get; init; }

    /// <summary>When it was last written.</summary>
    public DateTimeOffset Modified { get; init; }

    /// <summary>The file system it lies on.</summary>
    public long Device { get; init; }

    /// <summary>Its number there.</summary>
    public long Inode { get; init; }

    /// <summary>Where its content lies, in order, when it is not a file of its own: within an archive, or in chunks. Empty for a file of its own.</summary>
    public IReadOnlyList<FilePiece> Pieces { get; init; } = [];

    /// <summary>Whether its content is compressed as a whole (gzip), so that it has to be unpacked first.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Its name without its folder.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Its folder below the source's, empty for the source's own.</summary>
    public string Folder => Path.LastIndexOf('/') is > 0 and var end ? Path[..end] : string.Empty;

    /// <summary>Whether it is of the kind that macOS strews and nobody means: <c>.DS_Store</c>, <c>._NAME</c>, <c>__MACOSX</c>.</summary>
    public bool IsDebris => Name == ".DS_Store" || Name.StartsWith("._", StringComparison.Ordinal) || Path.Split('/').Contains("__MACOSX", StringComparer.Ordinal);

    /// <summary>Whether another entry is the same file: by its number when the listing has one.</summary>
    public bool IsSameAs(SourceFile other) => Pieces.Count == 0 && other.Pieces.Count == 0 && Inode != 0 ? (Device, Inode) == (other.Device, other.Inode) : Path == other.Path;

    /// <summary>A path of the file system for people.</summary>
    public static string TextOf(ReadOnlySpan<byte> rawPath)
    {
        if (ForeignEncoding.IsValid(Encoding.UTF8, rawPath))
        {
            return Encoding.UTF8.GetString(rawPath);
        }

        var text = new StringBuilder();
        while (!rawPath.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rawPath, out var rune, out var used) == System.Buffers.OperationStatus.Done)
            {
                _ = text.Append(rune.ToString());
            }
            else
            {
                used = 1;
                _ = text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{rawPath[0]:x2}");
            }

            rawPath = rawPath[used..];
        }

        return text.ToString();
    }
}
