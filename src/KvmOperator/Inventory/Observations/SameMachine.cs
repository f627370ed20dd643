using k8s.Models;
using KvmOperator.Api.KvmHosts;

namespace KvmOperator.Inventory.Observations;

/// <summary>
/// Finds out that two KvmHosts stand for one machine: a guest there would seem to run twice, and half of what is promised to guests would not exist. Told by the
/// boot's identity, because machines that were copied from one image may share all others. Pure.
/// </summary>
internal static class SameMachine
{
    /// <summary>The KvmHost under which the machine is kept when it is not this one; null when this one keeps it.</summary>
    /// <param name="host">The host that was looked at.</param>
    /// <param name="bootId">The identity of the boot that was seen there; empty when it could not be read.</param>
    /// <param name="hosts">All hosts.</param>
    /// <param name="bootIds">The boot that this process saw last behind a host; null when it saw none.</param>
    public static string? Keeper(KvmHost host, string bootId, IEnumerable<KvmHost> hosts, Func<string, string?> bootIds)
    {
        if (bootId.Length == 0)
        {
            return null;
        }

        var keeper = hosts
            .Where(other => other.Name() != host.Name() && (bootIds(other.Name()) ?? other.Status?.System?.BootId) == bootId)
            .Append(host)
            .OrderBy(IsRefused)
            .ThenBy(one => one.Status?.System?.BootId != bootId)
            .ThenBy(one => one.Metadata.CreationTimestamp)
            .ThenBy(one => one.Name(), StringComparer.Ordinal)
            .First();
        return keeper.Name() == host.Name() ? null : keeper.Name();
    }

    /// <summary>Whether a host was found to be another one's machine: its guests are the other one's.</summary>
    public static bool IsRefused(KvmHost host) =>
        host.Status?.Conditions.Any(condition => condition is { Type: KvmHostConditions.Reachable, Status: "False", Reason: KvmHostReasons.SameMachine }) == true;
}
