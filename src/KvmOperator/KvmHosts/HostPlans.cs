using System.Security.Cryptography;
using System.Text.Json;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Informers;
using ApiFirewall = KvmOperator.Api.KvmHosts.FirewallPolicy;
using ApiSelinux = KvmOperator.Api.KvmHosts.SelinuxPolicy;
using HostsMount = KvmOperator.Hosts.Nfs.StoreMount;

namespace KvmOperator.KvmHosts;

/// <summary>Says what a host should be, from its object, its pool's hosts and its pool's stores. Pure.</summary>
internal static class HostPlans
{
    private static readonly JsonSerializerOptions Fields = new() { IncludeFields = true };

    /// <summary>
    /// The plan of one host. Peers whose keys are not known yet are named, and trusted later. A peer that is being deleted stays one until it is gone: its guests have to leave it.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="pool">Its pool.</param>
    /// <param name="stores">All stores.</param>
    /// <param name="unreadable">Stores of which the objects cannot be read.</param>
    public static HostPlan For(KvmHost host, PoolView pool, IEnumerable<NfsStore> stores, IReadOnlyList<UndecodableObject> unreadable) =>
        Alone(host, stores, unreadable) with { Peers = [.. pool.Peers.Where(peer => peer.Name != host.Name())] };

    /// <summary>The plan but for its peers, of whom there may be many: see <see cref="PoolView.PeersVersion"/>.</summary>
    public static HostPlan Alone(KvmHost host, IEnumerable<NfsStore> stores, IReadOnlyList<UndecodableObject> unreadable)
    {
        var spec = host.Spec;
        var ofPool = StorePaths.Holders(stores.Where(store => store.Spec.Pool == spec.Pool));
        return new HostPlan(host.Name(), PoolPeers.Addresses(spec))
        {
            Firewall = spec.Preparation.Firewall switch
            {
                ApiFirewall.Disabled => FirewallMode.Disabled,
                ApiFirewall.Unmanaged => FirewallMode.Unmanaged,
                _ => FirewallMode.Managed,
            },
            Selinux = spec.Preparation.Selinux switch
            {
                ApiSelinux.Enforcing => SelinuxMode.Enforcing,
                ApiSelinux.Permissive => SelinuxMode.Permissive,
                ApiSelinux.Disabled => SelinuxMode.Disabled,
                _ => SelinuxMode.Unmanaged,
            },
            Naming = spec.Preparation.Hostname == HostnamePolicy.Managed ? HostnameMode.Managed : HostnameMode.Unmanaged,
            TimeService = spec.Preparation.TimeService == TimeServicePolicy.Unmanaged ? TimeServiceMode.Unmanaged : TimeServiceMode.Managed,
            TimeServers = spec.Preparation.TimeServers,
            ManagesPackages = spec.Preparation.Packages == PackagePolicy.Managed,
            Stores =
            [
                .. ofPool.Where(IsMounted)
                    .Select(store => new HostsMount(store.Spec.Server.Address, store.Spec.ExportPath, store.Spec.MountPath)
                    {
                        NfsVersion = store.Spec.NfsVersion,
                        Options = store.Spec.MountOptions,
                    }),
            ],
            KeptMountPaths = [.. ofPool.Where(store => !IsMounted(store)).Select(store => store.Spec.MountPath), .. unreadable.Select(MountPath).OfType<string>()],
        };
    }

    /// <summary>Where a store is mounted of which the object cannot be read: guests may use it, so nobody unmounts it. null when it does not say so in a way that can stand in a plan.</summary>
    private static string? MountPath(UndecodableObject store)
    {
        var path = store.Text("spec", "mountPath") ?? new NfsStoreSpec().MountPath;
        return NfsStoreValidator.IsPath(path) ? path : null;
    }

    /// <summary>
    /// What a preparation was made for, in a few bytes: the same for the same plan on the same boot and generation. What is no part of the plan is acknowledged by a whole
    /// pass, too: people wait for the generation of their change.
    /// </summary>
    public static string Fingerprint(HostPlan alone, PoolView pool, KvmHost host, string bootId) => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes((alone, pool.PeersVersion(host.Name()), host.Spec.Pool, host.Metadata.Generation, bootId), Fields)).AsSpan(0, 16));

    /// <summary>
    /// A store is mounted when its export is known to be there: a mount of nothing would only hang. One that is being deleted is neither mounted nor unmounted:
    /// guests may use it, and its finalizer unmounts it when none does.
    /// </summary>
    private static bool IsMounted(NfsStore store) =>
        store.Metadata.DeletionTimestamp is null && store.Status?.Conditions.Any(condition => condition.Type == NfsStoreConditions.Exported && condition.Status == "True") == true;
}
