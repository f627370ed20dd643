namespace KvmOperator.Hosts.Vmware;

/// <summary>How a disk is converted.</summary>
/// <param name="Name">Its name in the VirtualMachine.</param>
/// <param name="Target">The file that it becomes, absolute.</param>
/// <param name="Bytes">Its size as the guest sees it.</param>
public sealed record RecordedDisk(string Name, string Target, long Bytes)
{
    /// <summary>The work folder, absolute: its name is made for this disk of this import.</summary>
    public required string Work { get; init; }

    /// <summary>Every file of the source that has to do with it.</summary>
    public IReadOnlyList<RecordedFile> Files { get; init; } = [];

    /// <summary>Links in the work folder.</summary>
    public IReadOnlyList<RecordedLink> Links { get; init; } = [];

    /// <summary>Our own descriptors there, by their names.</summary>
    public IReadOnlyDictionary<string, string> Descriptors { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Empty files there, with their sizes.</summary>
    public IReadOnlyDictionary<string, long> Zeros { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>What is written beside the target first.</summary>
    public IReadOnlyList<RecordedJoin> Joined { get; init; } = [];

    /// <summary>Digests that are compared before anything is written.</summary>
    public IReadOnlyList<RecordedDigest> Digests { get; init; } = [];

    /// <summary>The name of the image for qemu-img.</summary>
    public required string Image { get; init; }
}
