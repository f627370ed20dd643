using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Nfs;

namespace KvmOperator.NfsStores;

/// <summary>Says whether a beat tells of a server something that a check of it would judge otherwise than at another beat. Pure.</summary>
internal static class ServerNews
{
    /// <summary>
    /// Whether the server was started anew, its NFS server was started or stopped, others may mount something, or other machines that are no hosts of the pool use it: one that used the store is
    /// let in until it has unmounted it. Which hosts of the pool have mounted it at the moment is no news.
    /// </summary>
    public static bool IsNews(ServerBeat before, ServerBeat now, StoreExport wanted) =>
        before.BootId != now.BootId
        || before.IsServing != now.IsServing
        || !(ReferenceEquals(before.Exports, now.Exports) || before.Exports.ToHashSet().SetEquals(now.Exports))
        || !Strangers(before, wanted).SetEquals(Strangers(now, wanted));

    private static HashSet<string> Strangers(ServerBeat beat, StoreExport wanted) =>
        beat.Clients.Where(client => client.Confirmed).Select(client => client.Address).Except(wanted.Clients, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
}
