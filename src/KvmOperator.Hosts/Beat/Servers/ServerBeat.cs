using KvmOperator.Hosts.Nfs;

namespace KvmOperator.Hosts.Beat.Servers;

/// <summary>One look of a store's server at itself.</summary>
/// <param name="Sequence">Counts the looks of one run of the script, from 1.</param>
/// <param name="BootId">Changes with each start of the server: what was proven about its clients is bound to it.</param>
/// <param name="Uptime">Since that start.</param>
/// <param name="IsServing">Whether its NFS server runs.</param>
/// <param name="Clients">Who has a lease, and for how long it was not renewed.</param>
/// <param name="ExportsVersion">Grows with each change of the exports during one run of the script.</param>
/// <param name="Exports">Who may mount what, at most ten seconds old.</param>
public sealed record ServerBeat(
    long Sequence, string BootId, TimeSpan Uptime, bool IsServing, IReadOnlyList<NfsClientLease> Clients, long ExportsVersion, IReadOnlyList<ServerExport> Exports);
