namespace KvmOperator.Hosts.Beat;

/// <summary>Takes one line of a held script. It must neither block nor throw.</summary>
/// <returns>False when the line says nothing that anybody expected.</returns>
internal delegate bool LineTaken(ReadOnlySpan<char> line);
