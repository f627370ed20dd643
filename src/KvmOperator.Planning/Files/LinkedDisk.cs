namespace KvmOperator.Planning.Files;

/// <summary>A disk that a guest should have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Store">The name of its store.</param>
public sealed record LinkedDisk(string Name, string Store)
{
    /// <summary>The file of the store that is the disk; null for one that the operator makes.</summary>
    public string? Existing { get; init; }

    /// <summary>To what it keeps only the difference; null for a disk that is whole.</summary>
    public DiskOrigin? LinkedTo { get; init; }

    /// <summary>Whether it is written down that it waits and was not made: then it has nothing to lose. What is not known counts as made.</summary>
    public bool Waits { get; init; }
}
