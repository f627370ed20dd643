namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>That a server was read, and let a host in no more. It is about one boot of the server: after another one the server is asked again.</summary>
/// <param name="Server">The server.</param>
/// <param name="FailoverId">The failure for which it is fenced there.</param>
/// <param name="Boot">The server's boot id.</param>
/// <param name="Clients">The clients that were ended.</param>
/// <param name="ExportsDigest">The exports as they were read.</param>
/// <param name="Epoch">The leader that had it read.</param>
public sealed record StorageProof(string Server, string FailoverId, string Boot, IReadOnlyList<string> Clients, string ExportsDigest, long Epoch);
