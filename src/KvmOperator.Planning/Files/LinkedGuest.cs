namespace KvmOperator.Planning.Files;

/// <summary>A guest, as far as it matters to who keeps only the difference to whose disks.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Disks">The disks that it should have.</param>
public sealed record LinkedGuest(string Namespace, string Name, IReadOnlyList<LinkedDisk> Disks)
{
    /// <summary>The files that its disks are known to be, as hosts see them.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>The files to which those of its disks are known to keep only the difference.</summary>
    public IReadOnlyList<string> BackingFiles { get; init; } = [];

    /// <summary>Its name in the whole cluster.</summary>
    public string FullName => $"{Namespace}/{Name}";
}
