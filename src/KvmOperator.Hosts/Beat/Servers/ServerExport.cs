namespace KvmOperator.Hosts.Beat.Servers;

/// <summary>One line of the table of who may mount what (exportfs(8), <c>/var/lib/nfs/etab</c>).</summary>
/// <param name="Path">The exported path.</param>
/// <param name="Client">Who may mount it: an address, a name, a network or a pattern.</param>
/// <param name="Options">How, separated by commas.</param>
public sealed record ServerExport(string Path, string Client, string Options);
