namespace KvmOperator.Hosts.Images;

/// <summary>Where a disk's first content comes from.</summary>
public abstract record DiskSource
{
    private DiskSource()
    {
    }

    /// <summary>Nothing: an empty disk.</summary>
    public sealed record Empty : DiskSource;

    /// <summary>A whole copy of an image, which may be in any format that QEMU reads.</summary>
    /// <param name="Path">The image's file.</param>
    /// <param name="Format">The image's format; empty when the host is to find out. Never empty for what a guest has written: that could pass for any format.</param>
    public sealed record Copy(string Path, string Format) : DiskSource;

    /// <summary>A disk that shares the image's content and keeps its own changes only. The image must never change again.</summary>
    /// <param name="Path">The image's file.</param>
    /// <param name="Format">The image's format; empty when the host is to find out.</param>
    public sealed record Linked(string Path, string Format) : DiskSource;
}
