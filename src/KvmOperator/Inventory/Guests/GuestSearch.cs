using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Inventory.Guests;

/// <summary>Says where a guest is, from what was seen of the hosts. Pure.</summary>
internal static class GuestSearch
{
    /// <summary>Says where the guest is.</summary>
    /// <param name="identity">The guest.</param>
    /// <param name="lastHost">Where it was last; null when that is not known.</param>
    /// <param name="unknown">The hosts that may have it and could not be asked, by name; fenced ones left out.</param>
    /// <param name="places">The domains that are the guest's or in its way (<see cref="DomainIndex.Of"/>), on the hosts that may have it and answered.</param>
    public static GuestLocation Find(DomainIdentity identity, string? lastHost, IReadOnlyList<string> unknown, IReadOnlyList<DomainPlace> places)
    {
        var owner = new OwnerMarker(identity.Namespace, identity.Name);
        var found = places
            .Where(place => place.Domain.Uuid == identity.Uuid && place.Domain.Owner == owner)
            .OrderBy(place => place.Host != lastHost)
            .ThenBy(place => place.Host, StringComparer.Ordinal)
            .ToList();
        var active = found.Where(place => place.Domain.IsActive).ToList();
        var inactive = found.Where(place => !place.Domain.IsActive).ToList();
        var foreign = places
            .Where(place => IsForeign(identity, owner, place.Domain))
            .Select(place => place.Host)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        var adoptable = places
            .Where(place => place.Domain.Owner is null && place.Domain.Uuid == identity.Adopted)
            .OrderBy(place => !place.Domain.IsActive)
            .ThenBy(place => place.Host, StringComparer.Ordinal)
            .Select(place => place.Host)
            .FirstOrDefault();
        return new GuestLocation(
            [.. active.Select(place => place.Host)],
            [.. inactive.Select(place => place.Host)],
            unknown,
            foreign,
            active.Concat(inactive).Select(place => place.Domain).FirstOrDefault())
        {
            Adopted = identity.Adopted,
            Adoptable = adoptable,
        };
    }

    /// <summary>A domain of ours that is another than the object asks for is in the way as well: there would be two of one guest.</summary>
    private static bool IsForeign(DomainIdentity identity, OwnerMarker owner, DomainObservation domain) =>
        domain.Owner == owner
            ? domain.Uuid != identity.Uuid
            : (identity.Adopted is null && domain.Name == identity.DomainName) || domain.Uuid == identity.Uuid;
}
