namespace KvmOperator.Hosts.Images;

/// <summary>A disk's file.</summary>
/// <param name="Format">Its format.</param>
/// <param name="SizeBytes">The size that a guest sees.</param>
/// <param name="AllocatedBytes">What it takes on the store.</param>
/// <param name="BackingFile">The image that it shares content with; null for none.</param>
public sealed record DiskInfo(string Format, long SizeBytes, long AllocatedBytes, string? BackingFile)
{
    /// <summary>Why the file is not used as a disk, and what to do: then nothing else is known of it. Null for one that may be used.</summary>
    public string? Refusal { get; init; }
}
