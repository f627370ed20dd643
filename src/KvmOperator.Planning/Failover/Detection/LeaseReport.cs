namespace KvmOperator.Planning.Failover.Detection;

/// <summary>
/// What a server's NFS clients say of a host. The kernel renews a lease when a client's last request has ended (nfsd4 <c>put_client_renew</c>), so a fresh one proves that the host lives, and an old one proves
/// something only if another client's is fresh: a server whose disk hangs renews nobody's.
/// </summary>
/// <param name="Server">Whose clients these are.</param>
/// <param name="Age">How long the host's lease was not renewed; null when it is no client there.</param>
/// <param name="OtherAge">The same of the freshest of all other clients; null when there is none.</param>
public sealed record LeaseReport(string Server, TimeSpan? Age, TimeSpan? OtherAge);
