namespace KvmOperator.Hosts.Images;

/// <summary>Where a disk's first content comes from.</summary>
public abstract record DiskSource
{
    private DiskSource()
    {
    }

    /// <summary>Nothing: an empty disk.</summary>
    public sealed record Empty : DiskSource;

    /// <summary>A whole copy of an image: qcow2, raw, or one file of VMware (vmdk), VirtualBox (vdi) or Hyper-V (vhd, vhdx).</summary>
    /// <param name="Path">The image's file.</param>
    /// <param name="Format">The image's format; empty when its name says it. Never empty for what a guest has written: that could pass for any format.</param>
    public sealed record Copy(string Path, string Format) : DiskSource;

    /// <summary>A disk that shares the image's content and keeps its own changes only. The image must never change again.</summary>
    /// <param name="Path">The image's file.</param>
    /// <param name="Format">The image's format, qcow2 or raw; empty when its name says it.</param>
    public sealed record Linked(string Path, string Format) : DiskSource;
}
