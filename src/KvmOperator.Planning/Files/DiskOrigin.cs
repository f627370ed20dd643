namespace KvmOperator.Planning.Files;

/// <summary>To what a linked disk keeps only the difference: one of a closed set.</summary>
public abstract record DiskOrigin
{
    private DiskOrigin()
    {
    }

    /// <summary>A disk of another guest of the same namespace.</summary>
    /// <param name="Guest">The guest's name.</param>
    /// <param name="Name">The disk's name.</param>
    public sealed record Disk(string Guest, string Name) : DiskOrigin;

    /// <summary>An image in the store of the disk.</summary>
    /// <param name="File">Its path there.</param>
    public sealed record Image(string File) : DiskOrigin;
}
