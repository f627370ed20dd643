using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.KvmHosts;
using KvmOperator.Status;

namespace KvmOperator.VirtualMachines.Places;

/// <summary>Says which hosts may have a guest, and what is known of them. Pure.</summary>
internal static class PossibleHosts
{
    /// <summary>
    /// The hosts of the guest's pool, and the one where it was last. One whose spec became invalid is among them: it cannot be asked any more, and its guests run on.
    /// One that turned out to be another one's machine is not: what runs there is seen there.
    /// </summary>
    public static IReadOnlyList<KvmHost> Of(VirtualMachine machine, IEnumerable<KvmHost> hosts) =>
    [
        .. hosts
            .Where(host => (host.Spec.Pool == machine.Spec.Placement.Pool && !SameMachine.IsRefused(host)) || host.Name() == machine.Status?.Host)
            .OrderBy(host => host.Name(), StringComparer.Ordinal),
    ];

    /// <summary>Whether a host can be asked at all: nothing of an invalid spec reaches a machine.</summary>
    public static bool CanBeAsked(KvmHost host) => KvmHostValidator.Validate(host).Count == 0;

    /// <summary>Whether a host provably runs nothing.</summary>
    public static bool IsFenced(KvmHost host) => host.Status.IsTrue(KvmHostConditions.Fenced);

    /// <summary>The latest looks at the hosts that may have a guest, fenced ones left out; null for one that does not answer or cannot be asked.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="hosts">All hosts.</param>
    /// <param name="observed">The latest look at a host.</param>
    public static IReadOnlyDictionary<string, HostObservation?> Looks(VirtualMachine machine, IEnumerable<KvmHost> hosts, Func<string, HostObservation?> observed) =>
        Of(machine, hosts).Where(host => !IsFenced(host)).ToDictionary(host => host.Name(), host => CanBeAsked(host) ? observed(host.Name()) : null, StringComparer.Ordinal);
}
