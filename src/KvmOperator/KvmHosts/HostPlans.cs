using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Preparation;
using KvmOperator.NfsStores;
using ApiFirewall = KvmOperator.Api.KvmHosts.FirewallPolicy;
using ApiSelinux = KvmOperator.Api.KvmHosts.SelinuxPolicy;
using HostsMount = KvmOperator.Hosts.Nfs.StoreMount;

namespace KvmOperator.KvmHosts;

/// <summary>Says what a host should be, from its object, its pool's hosts and its pool's stores. Pure.</summary>
internal static class HostPlans
{
    /// <summary>
    /// The plan of one host. Peers whose keys are not known yet are named, and trusted later. A peer that is being deleted stays one until it is gone: its guests have to leave it.
    /// </summary>
    public static HostPlan For(KvmHost host, IEnumerable<KvmHost> hosts, IEnumerable<NfsStore> stores)
    {
        var spec = host.Spec;
        var ofPool = StorePaths.Holders(stores.Where(store => store.Spec.Pool == spec.Pool));
        return new HostPlan(host.Name(), Addresses(spec))
        {
            Peers = [.. PoolMembers.Of(spec.Pool, hosts).Where(peer => peer.Name() != host.Name()).Select(Peer)],
            Firewall = spec.Preparation.Firewall switch
            {
                ApiFirewall.Disabled => FirewallMode.Disabled,
                ApiFirewall.Unmanaged => FirewallMode.Unmanaged,
                _ => FirewallMode.Managed,
            },
            Selinux = spec.Preparation.Selinux switch
            {
                ApiSelinux.Permissive => SelinuxMode.Permissive,
                ApiSelinux.Disabled => SelinuxMode.Disabled,
                ApiSelinux.Unmanaged => SelinuxMode.Unmanaged,
                _ => SelinuxMode.Enforcing,
            },
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
            KeptMountPaths = [.. ofPool.Where(store => !IsMounted(store)).Select(store => store.Spec.MountPath)],
        };
    }

    private static PeerHost Peer(KvmHost peer) => new(
        peer.Name(),
        Addresses(peer.Spec),
        peer.Status?.Ssh is { PublicKey: { } key, HostKeys.Count: > 0 } ssh ? new PeerIdentity(key, ssh.HostKeys) : null);

    private static IReadOnlyList<string> Addresses(KvmHostSpec spec) =>
        spec.MigrationAddress is { } migration && migration != spec.Address ? [migration, spec.Address] : [spec.Address];

    /// <summary>
    /// A store is mounted when its export is known to be there: a mount of nothing would only hang. One that is being deleted is neither mounted nor unmounted:
    /// guests may use it, and its finalizer unmounts it when none does.
    /// </summary>
    private static bool IsMounted(NfsStore store) =>
        store.Metadata.DeletionTimestamp is null && store.Status?.Conditions.Any(condition => condition.Type == NfsStoreConditions.Exported && condition.Status == "True") == true;
}
