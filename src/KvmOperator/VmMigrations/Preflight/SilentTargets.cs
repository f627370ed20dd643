using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Observations;
using KvmOperator.Status;

namespace KvmOperator.VmMigrations.Preflight;

/// <summary>
/// Tells a host that did not answer once from one that cannot take a guest: a busy libvirt that was too slow for one look is no reason to refuse a move for good. Pure.
/// </summary>
internal static class SilentTargets
{
    /// <summary>What a move has to wait for; null when nothing is silent that could take the guest.</summary>
    /// <param name="target">The host that was chosen, or asked for; null when none can take it at this moment.</param>
    /// <param name="source">Where the guest is.</param>
    /// <param name="hosts">The hosts of the guest's pool.</param>
    /// <param name="observed">The latest look at a host.</param>
    /// <param name="disks">The files of the guest's disks: a store that is mounted on a host and does not answer there at this moment may be well at the next one.</param>
    public static string? Wait(string? target, string source, IEnumerable<KvmHost> hosts, Func<string, HostObservation?> observed, IReadOnlyList<string> disks)
    {
        var possible = hosts.Where(host => host.Name() != source && (target is null || host.Name() == target)).ToList();
        var silent = possible
            .Where(host => host.Status.IsTrue(CommonConditions.Ready) && observed(host.Name()) is not { LibvirtAnswers: true })
            .Select(host => host.Name())
            .Order(StringComparer.Ordinal)
            .ToList();
        if (silent.Count > 0)
        {
            return $"libvirt on {string.Join(", ", silent)} did not answer at the latest look";
        }

        var hung = possible
            .Where(host => observed(host.Name()) is { } seen && StoreProbes.Hung(seen).Any(store => disks.Any(disk => disk.StartsWith(store.MountPath + "/", StringComparison.Ordinal))))
            .Select(host => host.Name())
            .Order(StringComparer.Ordinal)
            .ToList();
        return hung.Count > 0 ? $"the store of its disks is mounted on {string.Join(", ", hung)} and did not answer there at the latest look" : null;
    }
}
