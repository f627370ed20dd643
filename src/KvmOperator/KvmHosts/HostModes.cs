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

    /// <summary>Writes the condition about the guests that should leave.</summary>
    public static void Tell(ConditionList conditions, KvmHostSpec spec, HostObservation seen)
    {
        if (spec.Mode != HostMode.Maintenance)
        {
            conditions.False(KvmHostConditions.Drained, CommonReasons.Unmanaged, "it is not asked for: spec.mode: Maintenance does");
        }
        else if (!seen.LibvirtAnswers)
        {
            conditions.Unknown(KvmHostConditions.Drained, CommonReasons.StepFailed, "libvirt does not say which guests run there");
        }
        else if (Guests(seen) is { Count: > 0 } guests)
        {
            conditions.False(KvmHostConditions.Drained, KvmHostReasons.GuestsRunning, $"guests run there: {string.Join(", ", guests)}. Move each away with a VmMigration, or shut it down.");
        }
        else
        {
            conditions.True(KvmHostConditions.Drained, CommonReasons.AsExpected, "no guest runs there, and none is placed there");
        }
    }

    /// <summary>The word for a host that is prepared. One that does not say which guests run there counts as having some.</summary>
    public static string Phase(KvmHostSpec spec, HostObservation seen) => spec.Mode switch
    {
        HostMode.Maintenance => seen.LibvirtAnswers && Guests(seen).Count == 0 ? "Drained" : "Draining",
        _ => "Ready",
    };

    private static IReadOnlyList<string> Ours(IEnumerable<DomainObservation> domains) =>
        [.. domains.Select(domain => domain.Owner).OfType<OwnerMarker>().Select(owner => $"{owner.Namespace}/{owner.Name}").Order(StringComparer.Ordinal)];
}
