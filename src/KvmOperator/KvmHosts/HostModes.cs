using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts;

/// <summary>Says what a host's mode means for its guests. Pure.</summary>
internal static class HostModes
{
    /// <summary>Our guests that run there, by name.</summary>
    public static IReadOnlyList<string> Guests(HostObservation seen) => Guests(seen.Domains);

    /// <summary>As the other.</summary>
    public static IReadOnlyList<string> Guests(IEnumerable<DomainObservation> domains) => Ours(domains.Where(domain => domain.IsActive));

    /// <summary>Our guests that are defined there and off, by name.</summary>
    public static IReadOnlyList<string> GuestsOff(IEnumerable<DomainObservation> domains) => Ours(domains.Where(domain => !domain.IsActive));

    /// <summary>The word for a host that is prepared.</summary>
    /// <param name="mode">What it is used for.</param>
    /// <param name="isDrained">Whether no guest is left there. One that does not say which guests run there counts as having some.</param>
    public static string Phase(HostMode mode, bool isDrained) => mode != HostMode.Maintenance ? "Ready" : isDrained ? "Drained" : "Draining";

    private static IReadOnlyList<string> Ours(IEnumerable<DomainObservation> domains) =>
        [.. domains.Select(domain => domain.Owner).OfType<OwnerMarker>().Select(owner => $"{owner.Namespace}/{owner.Name}").Order(StringComparer.Ordinal)];
}
