using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Placement;

/// <summary>
/// Says whether a host can run the guests that live there. That takes KVM, libvirt and the guest's stores (which are known store by store, <see cref="StoreAccessView"/>), and nothing else: a clock
/// that is not synchronised, a firewall or a peer that is not let in keeps no guest off where it is, or the guest that would mend it could not be started. Being chosen as a place for others takes
/// more (Ready). Pure.
/// </summary>
internal static class HomeReadiness
{
    /// <summary>What a host lacks for running its own guests; null for nothing.</summary>
    /// <param name="home">The host.</param>
    /// <param name="seen">The latest look at it; null when it does not answer.</param>
    public static string? Lack(KvmHost home, HostObservation? seen)
    {
        if (seen is not { LibvirtAnswers: true })
        {
            return seen is null ? "it does not answer" : "libvirt there does not answer";
        }

        return home.Status?.Conditions.FirstOrDefault(condition => condition.Type == KvmHostConditions.VirtualizationReady) switch
        {
            { Status: "True" } => null,
            { Status: "False", Message: { Length: > 0 } message } => message.TrimEnd('.'),
            _ => "it is not known yet whether KVM works there",
        };
    }
}
