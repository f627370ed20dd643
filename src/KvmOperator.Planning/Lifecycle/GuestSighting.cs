namespace KvmOperator.Planning.Lifecycle;

/// <summary>Where a guest was found when all hosts that may have it were asked.</summary>
/// <param name="Running">The hosts where a process of it exists.</param>
/// <param name="Defined">The hosts where it is defined and off; the one where it was last comes first.</param>
/// <param name="Unknown">The hosts that could not be asked and are not proven to be fenced: it may run there.</param>
public sealed record GuestSighting(IReadOnlyList<string> Running, IReadOnlyList<string> Defined, IReadOnlyList<string> Unknown)
{
    /// <summary>The domain that counts: the running one, else the one that is off where it was last, else any that is off; null when there is none.</summary>
    public GuestDomain? Domain { get; init; }

    /// <summary>A host with a domain of its name or UUID that is not the guest's; null for none.</summary>
    public string? Foreign { get; init; }

    /// <summary>Whether a person wants a certain domain to be the guest's.</summary>
    public bool IsAdoption { get; init; }

    /// <summary>A host where that domain is, and nobody's yet; null for none.</summary>
    public string? Adoptable { get; init; }
}
