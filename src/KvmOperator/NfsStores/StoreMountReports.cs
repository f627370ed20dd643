using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Status;
using ApiMount = KvmOperator.Api.NfsStores.StoreMount;

namespace KvmOperator.NfsStores;

/// <summary>Says what the hosts' mounts are like. Pure.</summary>
internal static class StoreMountReports
{
    /// <summary>The store's mount on each host: good when the host can write and lock there and sees what most others see.</summary>
    public static IReadOnlyList<ApiMount> Mounts(IReadOnlyDictionary<string, StoreAccess> access)
    {
        var (common, user) = (Commonest(access, one => one.StoreId), CommonUser(access));
        return
        [
            .. access.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new ApiMount
            {
                Host = pair.Key,
                Ready = pair.Value.Works && pair.Value.StoreId == common && IsSame(pair.Value.QemuUser, user),
                Reason = !pair.Value.Works ? pair.Value.Reason
                    : pair.Value.StoreId != common ? "it sees other files than the other hosts"
                    : !IsSame(pair.Value.QemuUser, user) ? $"QEMU's user has the number {pair.Value.QemuUser} there, and {user} on the other hosts"
                    : null,
            }),
        ];
    }

    /// <summary>The mark that all hosts read whose test went well; null when there is none, or not the same one.</summary>
    public static string? Id(IReadOnlyDictionary<string, StoreAccess> access) =>
        access.Values.Where(one => one is { Works: true, StoreId.Length: > 0 }).Select(one => one.StoreId).Distinct(StringComparer.Ordinal).ToList() is [var id] ? id : null;

    /// <summary>Writes the condition about the mounts.</summary>
    public static void Tell(ConditionList conditions, IReadOnlyDictionary<string, StoreAccess> access, string pool)
    {
        var mounts = Mounts(access);
        if (mounts.Count == 0)
        {
            conditions.False(NfsStoreConditions.Mounted, NfsStoreReasons.MountsMissing, $"the pool '{pool}' has no host: apply a KvmHost");
        }
        else if (access.Values.Where(one => one.Works).Select(one => one.StoreId).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            var others = mounts.Where(mount => !mount.Ready && access[mount.Host].Works).Select(mount => mount.Host).ToList();
            conditions.False(
                NfsStoreConditions.Mounted,
                NfsStoreReasons.DifferentContents,
                $"not all hosts see the same files; those that differ: {NameList.Of(others)}. Look at what is mounted there (findmnt) and what the server exports (exportfs -v).");
        }
        else if (access.Values.Where(one => one.Works && one.QemuUser.Length > 0).Select(one => one.QemuUser).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            var (user, others) = (CommonUser(access), mounts.Where(mount => !mount.Ready && access[mount.Host].Works).Select(mount => $"{mount.Host} ({access[mount.Host].QemuUser})").ToList());
            conditions.False(
                NfsStoreConditions.Mounted,
                NfsStoreReasons.DifferentUsers,
                $"QEMU's user has not the same number everywhere, and a guest's disk can only be opened where it has; the others than {user}: {NameList.Of(others)}. Give hosts of another family of distributions a pool and a store of their own, or QEMU's user there the number {user} (usermod -u) before they have guests.");
        }
        else if (mounts.Where(mount => !mount.Ready).ToList() is { Count: > 0 } missing)
        {
            conditions.False(
                NfsStoreConditions.Mounted,
                NfsStoreReasons.MountsMissing,
                $"{NameList.Of([.. missing.Select(mount => $"{mount.Host}: {mount.Reason}")], "; ")}. See the conditions of these hosts (kubectl describe kvmhost).");
        }
        else
        {
            conditions.True(NfsStoreConditions.Mounted, CommonReasons.AsExpected, "every host of the pool can write and lock there, and all see the same files");
        }
    }

    /// <summary>Says that the mount path is another store's, so that nothing is done for this one.</summary>
    public static void TellTaken(ConditionList conditions, NfsStore store, NfsStore holder)
    {
        conditions.False(
            CommonConditions.Valid,
            NfsStoreReasons.MountPathTaken,
            $"spec.mountPath: the older NfsStore {holder.Name()} of the pool '{store.Spec.Pool}' is mounted at {store.Spec.MountPath}. Delete this one and apply it with another mount path, or delete {holder.Name()}.");
        conditions.False(CommonConditions.Ready, NfsStoreReasons.MountPathTaken, "nothing is done for it: see Valid");
    }

    /// <summary>Who QEMU is on most of the hosts that see what most see.</summary>
    private static string CommonUser(IReadOnlyDictionary<string, StoreAccess> access)
    {
        var common = Commonest(access, one => one.StoreId);
        return Commonest(access.Where(pair => pair.Value.StoreId == common && pair.Value.QemuUser.Length > 0), one => one.QemuUser);
    }

    /// <summary>What is not known is no other one.</summary>
    private static bool IsSame(string user, string common) => user.Length == 0 || user == common;

    /// <summary>What most hosts have; with as many on both sides, what the first of them by name has.</summary>
    private static string Commonest(IEnumerable<KeyValuePair<string, StoreAccess>> access, Func<StoreAccess, string> what) =>
        access
            .Where(pair => pair.Value.Works)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .GroupBy(pair => what(pair.Value), StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .FirstOrDefault()?.Key ?? string.Empty;
}
