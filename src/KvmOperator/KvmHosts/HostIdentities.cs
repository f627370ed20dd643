using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts;

/// <summary>
/// Finds hosts of one pool that libvirt takes for one and the same, as copies of one installation are: each refuses every move to the other (qemu_migration_cookie.c). A move's preflight says so
/// too, but then it is wanted already.
/// </summary>
internal static class HostIdentities
{
    private const string Remedy =
        "libvirt takes both for one host, and no guest can be moved between them. Give one of them its own (hostnamectl set-hostname, or host_uuid = \"…\" with what uuidgen prints in "
        + "/etc/libvirt/libvirtd.conf, or virtqemud.conf where that is used), and restart libvirtd there: guests run on meanwhile.";

    /// <summary>Says whether the host is the only one of its kind in its pool; nothing before it has said who it is.</summary>
    /// <param name="conditions">Where it is said.</param>
    /// <param name="host">The host.</param>
    /// <param name="system">What it says of itself.</param>
    /// <param name="hosts">All hosts.</param>
    public static void Tell(ConditionList conditions, KvmHost host, HostSystem? system, IEntityStore<KvmHost> hosts)
    {
        if (HostIndexes.NameOf(system) is null && HostIndexes.UuidOf(system) is null)
        {
            return;
        }

        var shared = new[]
        {
            Shared($"the hostname {system!.HostName}", Others(host, HostIndexes.NameOf(system), hosts)),
            Shared($"the UUID {system.HostUuid}", Others(host, HostIndexes.UuidOf(system), hosts)),
        }.OfType<string>().ToList();
        if (shared.Count == 0)
        {
            conditions.True(KvmHostConditions.IdentityUnique, CommonReasons.AsExpected, "no other host of the pool has its hostname or its UUID");
        }
        else
        {
            conditions.False(KvmHostConditions.IdentityUnique, KvmHostReasons.SameIdentity, $"{string.Join("; ", shared)}: {Remedy}");
        }
    }

    private static string? Shared(string what, List<string> others) => others.Count == 0 ? null : $"{string.Join(", ", others)} {(others.Count == 1 ? "has" : "have")} {what} as well";

    /// <summary>A host that was found to be this very machine has a word of its own for it.</summary>
    private static List<string> Others(KvmHost host, string? identity, IEntityStore<KvmHost> hosts) => identity is null
        ? []
        : [.. hosts.ListBy(HostIndexes.ByIdentity, identity)
            .Where(other => other.Name() != host.Name() && other.Spec.Pool == host.Spec.Pool && !SameMachine.IsRefused(other))
            .Select(other => other.Name())
            .Order(StringComparer.Ordinal)];
}
