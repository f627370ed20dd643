namespace KvmOperator.Hosts.Vmware;

/// <summary>Where a VMware source is on a host, and within which bounds it may be read there.</summary>
/// <param name="Path">A machine's folder, or one of its files, absolute.</param>
/// <param name="Roots">The folders below which it has to lie, once every link is followed: those that an administrator named for imports, or the store that holds it.</param>
/// <param name="Stores">Where the pool's stores are mounted. Folders of guests of other namespaces (<c>NAMESPACE_NAME</c>) in them are not for this one.</param>
/// <param name="Namespace">The namespace of the object that asks for it.</param>
public sealed record SourceScope(string Path, IReadOnlyList<string> Roots, IReadOnlyList<string> Stores, string Namespace);
