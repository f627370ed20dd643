namespace KvmOperator.Hosts.Nfs;

/// <summary>A client as an NFS server sees it.</summary>
/// <param name="Id">The server's number for it.</param>
/// <param name="Address">Its address, without the port.</param>
/// <param name="Name">What it calls itself.</param>
/// <param name="Confirmed">False while it is only introducing itself, or is expired.</param>
/// <param name="SinceRenewal">How long it has been silent; null on kernels that do not tell.</param>
public sealed record NfsClientLease(string Id, string Address, string Name, bool Confirmed, TimeSpan? SinceRenewal);
