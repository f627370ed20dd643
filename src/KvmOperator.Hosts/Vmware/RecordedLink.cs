namespace KvmOperator.Hosts.Vmware;

/// <summary>A link in the work folder.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="File">The number of the file that it leads to, in the record of its disk.</param>
public sealed record RecordedLink(string Name, int File);
