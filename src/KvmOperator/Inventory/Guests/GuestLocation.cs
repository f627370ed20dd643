using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Inventory.Guests;

/// <summary>Where a guest was found when all hosts of its pool were asked.</summary>
/// <param name="Running">The hosts where a process of it exists.</param>
/// <param name="Defined">The hosts where it is defined and off.</param>
/// <param name="Unknown">The hosts that could not be asked and are not proven to be fenced: it may run there.</param>
/// <param name="Foreign">A host with a domain of its name or UUID that is not the guest's; null for none.</param>
/// <param name="Domain">The domain that counts: the running one, else the one that is off where it was last, else any that is off; null when there is none.</param>
internal sealed record GuestLocation(
    IReadOnlyList<string> Running, IReadOnlyList<string> Defined, IReadOnlyList<string> Unknown, string? Foreign, DomainObservation? Domain)
{
    /// <summary>The UUID of the domain that a person wants to be the guest's; null when nobody said so.</summary>
    public Guid? Adopted { get; init; }

    /// <summary>A host where that domain is, and nobody's yet; null for none.</summary>
    public string? Adoptable { get; init; }
}
