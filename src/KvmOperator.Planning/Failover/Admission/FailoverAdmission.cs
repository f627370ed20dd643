using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Failover.Admission;

/// <summary>
/// Says in advance whether the other hosts could take a host's guests if it failed (the condition <c>FailoverAdmitted</c>). Pure. Guests get places in the order in which they would be started, and of equal ones the largest
/// first; what one takes the next one does not find.
/// </summary>
public static class FailoverAdmission
{
    /// <summary>Where the guests would go.</summary>
    /// <param name="guests">The guests that would be started elsewhere.</param>
    /// <param name="hosts">The other hosts, as they are now.</param>
    public static AdmissionVerdict Judge(IEnumerable<FailoverGuestNeed> guests, IEnumerable<PlacementHost> hosts)
    {
        var left = hosts.ToDictionary(host => host.Name, StringComparer.Ordinal);
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        var homeless = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var guest in guests.OrderByDescending(guest => guest.Priority).ThenByDescending(guest => guest.Needs.MemoryBytes).ThenBy(guest => guest.Name, StringComparer.Ordinal))
        {
            var verdict = PlacementPlanner.Choose(guest.Needs, left.Values);
            if (verdict.Host is not { } name)
            {
                homeless[guest.Name] = verdict.Explain();
                continue;
            }

            places[guest.Name] = name;
            left[name] = left[name].With(guest.Needs);
        }

        return new AdmissionVerdict(places, homeless);
    }
}
