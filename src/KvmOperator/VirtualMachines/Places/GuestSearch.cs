using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines.Places;

/// <summary>Finds a guest in what was seen of the hosts. Pure.</summary>
internal static class GuestSearch
{
    /// <summary>Says where the guest is.</summary>
    /// <param name="identity">The guest.</param>
    /// <param name="lastHost">Where it was last; null when that is not known.</param>
    /// <param name="hosts">All hosts that may have it, fenced ones left out; null for one that could not be asked.</param>
    public static GuestLocation Find(DomainIdentity identity, string? lastHost, IReadOnlyDictionary<string, HostObservation?> hosts)
    {
        var found = hosts
            .Where(host => host.Value is { LibvirtAnswers: true })
            .Select(host => (Host: host.Key, Domain: host.Value!.Find(identity)))
            .OfType<(string Host, DomainObservation? Domain)>()
            .Where(pair => pair.Domain is not null)
            .Select(pair => (pair.Host, Domain: pair.Domain!))
            .OrderBy(pair => pair.Host != lastHost)
            .ThenBy(pair => pair.Host, StringComparer.Ordinal)
            .ToList();
        var active = found.Where(pair => pair.Domain.IsActive).ToList();
        var inactive = found.Where(pair => !pair.Domain.IsActive).ToList();
        var foreign = hosts
            .Where(host => host.Value?.Domains.Any(domain => IsForeign(identity, domain)) == true)
            .Select(host => host.Key)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        var adoptable = hosts
            .Select(host => (Host: host.Key, Domain: host.Value?.Domains.FirstOrDefault(domain => domain.Owner is null && domain.Uuid == identity.Adopted)))
            .Where(pair => pair.Domain is not null)
            .OrderBy(pair => !pair.Domain!.IsActive)
            .ThenBy(pair => pair.Host, StringComparer.Ordinal)
            .Select(pair => pair.Host)
            .FirstOrDefault();
        return new GuestLocation(
            [.. active.Select(pair => pair.Host)],
            [.. inactive.Select(pair => pair.Host)],
            [.. hosts.Where(host => host.Value is not { LibvirtAnswers: true }).Select(host => host.Key).Order(StringComparer.Ordinal)],
            foreign,
            active.Concat(inactive).Select(pair => pair.Domain).FirstOrDefault())
        {
            Adopted = identity.Adopted,
            Adoptable = adoptable,
        };
    }

    /// <summary>A domain of ours that is another than the object asks for is in the way as well: there would be two of one guest.</summary>
    private static bool IsForeign(DomainIdentity identity, DomainObservation domain) =>
        domain.Owner == new OwnerMarker(identity.Namespace, identity.Name)
            ? domain.Uuid != identity.Uuid
            : (identity.Adopted is null && domain.Name == identity.DomainName) || domain.Uuid == identity.Uuid;
}
