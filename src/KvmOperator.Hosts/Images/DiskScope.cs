namespace KvmOperator.Hosts.Images;

/// <summary>Where the files of a guest's disks have to be, and all that they are linked to: whatever points elsewhere is refused before it is opened.</summary>
/// <param name="Namespace">The guest's namespace. Folders of guests of other namespaces (<c>NAMESPACE_NAME</c>) are not for it.</param>
/// <param name="Stores">Where the pool's stores are mounted.</param>
public sealed record DiskScope(string Namespace, IReadOnlyList<string> Stores);
